/*
 * What the API remembers between requests. Any thread.
 */
#ifndef CARILLON_API_STATE_H
#define CARILLON_API_STATE_H

#include <carillon/types.h>

/* Who may read /metrics: X(NAME, "word in the configuration"). Servers with a key always may. */
#define METRICS_AUDIENCES(X)                                                                                           \
    X(SERVER, "server")                                                                                                \
    X(LOCAL, "local")                                                                                                  \
    X(EVERYBODY, "everybody")

enum metrics_audience {
#define METRICS_X(name, word) METRICS_##name,
    METRICS_AUDIENCES(METRICS_X)
#undef METRICS_X
};

bool api_is_draining(void);
enum metrics_audience api_metrics_for(void);

#endif
