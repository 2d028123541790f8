/*
 * permessage-deflate (RFC 7692) without context in both directions: what is agreed, and undoing what clients send.
 *
 * libwebsockets' own extension is not used: it mixes up the two directions' options, cannot bound what it inflates, and
 * keeps a window a client. Without context one inflater a thread serves all its clients.
 */
#ifndef CARILLON_LISTENER_DEFLATE_H
#define CARILLON_LISTENER_DEFLATE_H

#include <carillon/types.h>

struct deflate_agreed {
    int server_bits;       /* the window towards the client, 8 to 15 */
    bool server_bits_told; /* it named one, so the answer must */
};

/* Pure. Takes the first of the offers in Sec-WebSocket-Extensions that can be honoured; false: none. */
bool deflate_negotiate(struct carillon_str offers, struct deflate_agreed *agreed);
/* The parameters of the answer, beginning with "; "; returns their length. */
size_t deflate_answer(const struct deflate_agreed *agreed, char *out, size_t room);

struct inflated {
    char *bytes; /* the thread's own, until the next call; followed by a NUL */
    size_t len;
};

/* A whole message's payload. TOO_LARGE beyond `most` bytes, INVALID for what is no deflate stream, NO_MEMORY. */
enum carillon_result deflate_inflate(const char *data, size_t len, size_t most, struct inflated *out);
/* As a thread stops. */
void deflate_free_thread(void);

#endif
