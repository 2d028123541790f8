/*
 * Socket ids: a random-looking number, a dot, the session's handle. The number is a keyed hash of the handle, so that
 * whoever knows the session can say its id, and nobody else can guess it. Any thread.
 */
#ifndef CARILLON_PUSHER_SOCKET_ID_H
#define CARILLON_PUSHER_SOCKET_ID_H

#include <carillon/types.h>

enum { SOCKET_ID_SIZE = 48 };

/* Main thread, in init: takes a new key. False: there is no randomness to be had. */
bool socket_ids_open(void);
/* What nobody can guess of it, for those who keep it: the id takes more room. False: memory is short. */
bool socket_id_draw(carillon_handle session, uint64_t *number);
/* Writes it. */
void socket_id_put(carillon_handle session, uint64_t number, char out[SOCKET_ID_SIZE]);
/* Both. False: memory is short, and out is empty. */
bool socket_id_make(carillon_handle session, char out[SOCKET_ID_SIZE]);

#endif
