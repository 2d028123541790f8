/*
 * Reading a whole list of the storage into memory as the daemon starts: one app after the other, page by page, and again
 * from the start of the app where the storage does not answer, until it does. Struct and functions on one worker.
 */
#ifndef CARILLON_SESSION_LOAD_H
#define CARILLON_SESSION_LOAD_H

#include "loop/timer.h"
#include "session/app.h"
#include "storage/storage.h"

struct load {
    enum carillon_storage_op op;
    const char *refused; /* what the log says of the first failure, before its cause */
    /* A page. What it takes may come again. */
    void (*take)(const struct app *app, const struct carillon_storage_output *page);
    void (*failed)(void); /* after every try that did; may be NULL */
    void (*loaded)(void);
    size_t app_index;
    bool told; /* that it failed */
    struct timer retry;
};

/* *load lives as long as the worker; op, refused, take and loaded are set, the rest is zero. */
void load_start(struct load *load);

#endif
