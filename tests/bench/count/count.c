/*
 * Loaded into a daemon by LD_PRELOAD, counts how often it asks for memory, in a file that the benchmark maps, too: its
 * descriptor is in CARILLON_BENCH_COUNTER. The memory is glibc's own, as without.
 */
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t size);                 /* NOLINT: glibc's names */
extern void *__libc_calloc(size_t n, size_t size);       /* NOLINT */
extern void *__libc_realloc(void *old, size_t size);     /* NOLINT */
extern void *__libc_memalign(size_t align, size_t size); /* NOLINT */

static atomic_uint_fast64_t unmapped;
static _Atomic(atomic_uint_fast64_t *) counter = &unmapped;

__attribute__((constructor)) static void counter_open(void)
{
    const char *fd = getenv("CARILLON_BENCH_COUNTER");
    void *shared = fd ? mmap(NULL, sizeof unmapped, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0) : MAP_FAILED;
    if (shared != MAP_FAILED)
        atomic_store(&counter, shared);
}

static void count(void)
{
    atomic_fetch_add_explicit(atomic_load_explicit(&counter, memory_order_relaxed), 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    count();
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    count();
    return __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    count();
    *out = __libc_memalign(align, size);
    return *out ? 0 : 12; /* ENOMEM */
}
