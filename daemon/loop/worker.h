/*
 * Workers: the threads on which everything happens, each with one libevent base.
 *
 * loop/ is the only owner of event bases. The main thread has a loop too (signals, reload, start and stop); it counts as
 * the worker after the last and is named WORKER_MAIN in posts. Code on a worker is single-threaded and takes no lock.
 */
#ifndef CARILLON_LOOP_WORKER_H
#define CARILLON_LOOP_WORKER_H

#include <carillon/types.h>

enum { WORKER_MAX = 64 };

struct event_base;

/*
 * workers_create makes n loops (1 to WORKER_MAX) and the main one; nothing runs yet. workers_start starts the threads,
 * each calling on_start(index) first and on_stop(index) last on itself. workers_run_main runs the main thread's loop
 * until workers_quit. workers_join stops every worker's loop and waits; workers_destroy frees, after which posts are
 * an error. All on the main thread, except workers_quit, which any thread may call.
 */
enum carillon_result workers_create(unsigned n);
enum carillon_result workers_start(void (*on_start)(unsigned index), void (*on_stop)(unsigned index));
void workers_run_main(void);
void workers_quit(void);
void workers_join(void);
void workers_destroy(void);

unsigned workers_count(void);
#define WORKER_MAIN (workers_count())

/* The calling thread's index; workers_count() on the main thread, WORKER_NONE on a thread that is neither. */
#define WORKER_NONE (WORKER_MAX + 1u)
unsigned worker_index(void);
struct event_base *worker_base(unsigned index);

int64_t loop_monotonic_ms(void);
int64_t loop_monotonic_ns(void);
int64_t loop_wall_ms(void);

#endif
