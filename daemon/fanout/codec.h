/*
 * Codecs: how each transport writes events. An event is encoded once a codec, for all workers and receivers.
 */
#ifndef CARILLON_FANOUT_CODEC_H
#define CARILLON_FANOUT_CODEC_H

#include "fanout/roster.h"
#include "message/shared_event.h"

/* Main thread. The struct lives until codec_remove, after which its id is not used again while the daemon runs. LIMIT: all
   CODEC_MAX are taken; EXISTS: the name is. */
enum carillon_result codec_add(const struct carillon_codec *codec, unsigned *id);
void codec_remove(unsigned id);
/* Any thread: the name of a codec that is there; NULL: none has this id. */
const char *codec_name(unsigned id);

/*
 * Any worker. The event's bytes for this codec, a reference that the event keeps (valid as long as the event); deflated:
 * for connections that agreed to it, else the same as plain. NULL: receivers of this codec do not get it.
 */
struct buffer *codec_encode(unsigned id, struct shared_event *event, bool deflated);

/*
 * Any worker. The section's members for this list: bytes, or WebSocket frames that continue a message. A reference that the
 * section keeps. NULL: memory is short, or the codec tells no members.
 */
struct buffer *codec_encode_members(unsigned id, struct roster_section *section, unsigned list);
bool codec_encodes_members(unsigned id);
/* Those bytes without frames: returns how many, and writes them where out is not NULL. */
size_t codec_unwrap(unsigned id, const struct buffer *bytes, char *out);

/* As the worker stops. */
void codec_free_worker(void);

/* The host functions of the same names (carillon/plugin.h). */
void *codec_encode_alloc(struct carillon_encode *out, size_t size);
void codec_encode_done(struct carillon_encode *out, size_t len);

#endif
