#include "fanout/codec.h"
#include "base/log.h"
#include "listener/ws_frame.h"
#include "stats/stats.h"

#include <stdlib.h>
#include <string.h>

struct carillon_encode {
    char *bytes;
    size_t len, room;
};

static _Atomic(const struct carillon_codec *) codecs[CODEC_MAX];
static unsigned codecs_used;

/* What an event's form is set to when the codec declined it: remembered, so that it is not asked again. Its count never
   falls to 0, so it is given back like any other. */
static struct buffer declined = { .refs = 1 };

/* One scratch a worker: encoded text lives in it only until it is framed. */
static _Thread_local struct carillon_encode scratch;

enum carillon_result codec_add(const struct carillon_codec *codec, unsigned *id)
{
    for (unsigned i = 0; i < codecs_used; i++) {
        const struct carillon_codec *other = atomic_load(&codecs[i]);
        if (other && strcmp(other->name, codec->name) == 0)
            return CARILLON_EXISTS;
    }
    if (codecs_used == CODEC_MAX)
        return CARILLON_LIMIT;
    *id = codecs_used++;
    atomic_store(&codecs[*id], codec);
    return CARILLON_OK;
}

void codec_remove(unsigned id)
{
    atomic_store(&codecs[id], NULL);
}

const char *codec_name(unsigned id)
{
    const struct carillon_codec *codec = id < CODEC_MAX ? atomic_load(&codecs[id]) : NULL;
    return codec ? codec->name : NULL;
}

void *codec_encode_alloc(struct carillon_encode *out, size_t size)
{
    if (size > out->room) {
        char *bytes = realloc(out->bytes, size);
        if (!bytes)
            return NULL;
        out->bytes = bytes;
        out->room = size;
    }
    return out->bytes;
}

void codec_encode_done(struct carillon_encode *out, size_t len)
{
    out->len = len;
}

static struct buffer *frame_bytes(const struct carillon_codec *codec, bool deflated)
{
    if (codec->framing == CARILLON_FRAMING_WS_TEXT)
        return deflated ? ws_frame_build_deflated(scratch.bytes, scratch.len)
                        : ws_frame_build_text(scratch.bytes, scratch.len);
    struct buffer *buffer = buffer_new(scratch.len);
    if (buffer)
        memcpy(buffer->bytes, scratch.bytes, scratch.len);
    return buffer;
}

static struct buffer *encode_now(unsigned id, struct shared_event *event, bool deflated)
{
    const struct carillon_codec *codec = atomic_load(&codecs[id]);
    scratch.len = 0;
    stats_count(STAT_ENCODES);
    if (!codec || codec->encode(&event->pub, &scratch) != CARILLON_OK)
        return buffer_ref(&declined);
    struct buffer *buffer = frame_bytes(codec, deflated);
    if (!buffer && deflated) { /* too short to gain by it: the plain form serves both */
        buffer = codec_encode(id, event, false);
        return buffer_ref(buffer ? buffer : &declined);
    }
    if (!buffer)
        log_error("fanout", "no memory to encode an event for codec %s", codec->name);
    return buffer ? buffer : buffer_ref(&declined);
}

struct buffer *codec_encode(unsigned id, struct shared_event *event, bool deflated)
{
    _Atomic(struct buffer *) *form = &event->forms[id * 2 + deflated];
    struct buffer *buffer = atomic_load_explicit(form, memory_order_acquire);
    if (!buffer) {
        struct buffer *expected = NULL;
        buffer = encode_now(id, event, deflated);
        if (!atomic_compare_exchange_strong(form, &expected, buffer)) { /* another worker was faster */
            buffer_unref(buffer);
            buffer = expected;
        }
    }
    return buffer == &declined ? NULL : buffer;
}

/* ---- members ---- */

static bool encodes_members(const struct carillon_codec *codec)
{
    return codec && codec->size > offsetof(struct carillon_codec, encode_members) && codec->encode_members;
}

bool codec_encodes_members(unsigned id)
{
    return id < CODEC_MAX && encodes_members(atomic_load(&codecs[id]));
}

/* What the scratch holds, as it goes into a message of several pieces. */
static struct buffer *piece_bytes(const struct carillon_codec *codec)
{
    if (codec->framing == CARILLON_FRAMING_WS_TEXT)
        return ws_frame_build_piece(scratch.bytes, scratch.len, false, false);
    return frame_bytes(codec, false);
}

/* Takes over the reference; returns what the form is. */
static struct buffer *form_keep(_Atomic(struct buffer *) *form, struct buffer *buffer)
{
    struct buffer *expected = NULL;
    if (!buffer || atomic_compare_exchange_strong(form, &expected, buffer))
        return buffer;
    buffer_unref(buffer); /* another worker was faster */
    return expected;
}

static struct buffer *encode_page(unsigned id, struct roster_page *page, unsigned list)
{
    const struct carillon_codec *codec = atomic_load(&codecs[id]);
    struct buffer *buffer = atomic_load_explicit(&page->forms[id][list], memory_order_acquire);
    if (buffer)
        return buffer;
    scratch.len = 0;
    if (!encodes_members(codec) || codec->encode_members(&page->members, list, &scratch) != CARILLON_OK)
        return NULL;
    return form_keep(&page->forms[id][list], piece_bytes(codec));
}

/* All pages are encoded before the scratch takes them together. */
static struct buffer *encode_section(unsigned id, const struct roster_section *section, unsigned list)
{
    const struct buffer *pages[ROSTER_SECTION_PAGES];
    size_t len = 0, at = 0;
    for (size_t i = 0; i < section->page_count; i++) {
        pages[i] = encode_page(id, section->pages[i], list);
        if (!pages[i])
            return NULL;
        len += codec_unwrap(id, pages[i], NULL);
    }
    char *bytes = codec_encode_alloc(&scratch, len);
    if (!bytes)
        return NULL;
    for (size_t i = 0; i < section->page_count; i++)
        at += codec_unwrap(id, pages[i], bytes + at);
    codec_encode_done(&scratch, len);
    return piece_bytes(atomic_load(&codecs[id]));
}

struct buffer *codec_encode_members(unsigned id, struct roster_section *section, unsigned list)
{
    _Atomic(struct buffer *) *form = &section->forms[id][list];
    struct buffer *buffer = atomic_load_explicit(form, memory_order_acquire);
    return buffer ? buffer : form_keep(form, encode_section(id, section, list));
}

size_t codec_unwrap(unsigned id, const struct buffer *bytes, char *out)
{
    const struct carillon_codec *codec = atomic_load(&codecs[id]);
    if (codec && codec->framing == CARILLON_FRAMING_WS_TEXT)
        return ws_frame_unwrap(bytes, out);
    if (out)
        memcpy(out, bytes->bytes, bytes->len);
    return bytes->len;
}

void codec_free_worker(void)
{
    free(scratch.bytes);
    scratch = (struct carillon_encode){ 0 };
}
