/*
 * A presence channel's members as they are at one moment, for who subscribes: made on the channel's home, immutable, shared
 * by all workers.
 *
 * It is made of pages, which the next roster shares as far as their members are the same. The encoded forms hang on the
 * pages, so that each codec writes again only what has changed, and many who subscribe are sent the same bytes. Any thread.
 */
#ifndef CARILLON_FANOUT_ROSTER_H
#define CARILLON_FANOUT_ROSTER_H

#include "message/shared_event.h"

struct roster_page {
    atomic_uint refs;
    struct carillon_members members;                                  /* their strings follow in the same block */
    _Atomic(struct buffer *) forms[CODEC_MAX][CARILLON_MEMBER_LISTS]; /* codec.h */
};

struct carillon_roster {
    atomic_uint refs;
    size_t count; /* members of all pages */
    size_t page_count;
    struct roster_page *pages[]; /* a reference each */
};

/* Copies all strings. One reference; NULL when memory is short, as below. */
struct roster_page *roster_page_new(const struct carillon_user *users, const struct carillon_str *infos, size_t count,
                                    bool first);
struct roster_page *roster_page_ref(struct roster_page *page);
void roster_page_unref(struct roster_page *page);

/* With room for so many pages, which the caller puts there with a reference each. */
struct carillon_roster *roster_new(size_t page_count);
struct carillon_roster *roster_ref(struct carillon_roster *roster);
void roster_unref(struct carillon_roster *roster);
/* All members in a row, in a block that the caller frees; their strings live as long as the roster. */
struct carillon_user *roster_users(const struct carillon_roster *roster);

#endif
