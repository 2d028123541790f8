/* A request with what the executor needs. Shared by the files of storage/. */
#ifndef CARILLON_STORAGE_REQUEST_H
#define CARILLON_STORAGE_REQUEST_H

#include "loop/post.h"
#include "loop/timer.h"
#include "storage/storage.h"

enum request_state { REQUEST_IDLE, REQUEST_QUEUED, REQUEST_RUNNING, REQUEST_CANCELLED };

struct request {
    struct carillon_storage_request pub;  /* its maker's; first, so that one is found from the other */
    struct carillon_storage_request work; /* the plugin's copy */
    struct task task;                     /* back to the worker */
    struct wheel_item deadline;
    struct request *next; /* in a queue of the executor */
    storage_done_fn done;
    void *arg;
    unsigned worker;
    bool abandoned; /* freed, or given up on, while under way */
    bool freed;
    _Atomic enum request_state state;
    int64_t begun_ns;
};

static inline struct request *request_of(struct carillon_storage_request *pub)
{
    return (struct request *)pub;
}

void request_destroy(struct request *request);

/* 'W', 'G' or 'R', from the contract's table. */
char storage_op_kind(enum carillon_storage_op op);

#endif
