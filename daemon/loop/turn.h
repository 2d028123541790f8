/*
 * The end of a turn: what came together in one turn of a worker's loop is handed on together.
 *
 * turn_end asks that run() be called on this worker once everything that is ready in this turn has run; asked again
 * before that, it is not called twice. The item is the caller's memory and must live until then.
 */
#ifndef CARILLON_LOOP_TURN_H
#define CARILLON_LOOP_TURN_H

#include "loop/worker.h"

struct turn_item {
    struct turn_item *next;
    void (*run)(struct turn_item *item);
    bool waiting;
};

void turn_end(struct turn_item *item);

#endif
