/*
 * A presence channel's members as they are at one moment, for who subscribes: made on the channel's home, immutable, shared
 * by all workers.
 *
 * Members stand on pages, pages in sections. The next roster shares all sections whose members are the same, and a new
 * section the pages. The encoded forms hang on both: each codec writes again only the pages that have changed, puts their
 * sections together from there, and who subscribes is sent few large pieces, the same as all others. Any thread.
 */
#ifndef CARILLON_FANOUT_ROSTER_H
#define CARILLON_FANOUT_ROSTER_H

#include "message/shared_event.h"

enum { ROSTER_SECTION_PAGES = 8 };

struct roster_page {
    atomic_uint refs;
    struct carillon_members members;                                  /* their strings follow in the same block */
    _Atomic(struct buffer *) forms[CODEC_MAX][CARILLON_MEMBER_LISTS]; /* codec.h */
};

struct roster_section {
    atomic_uint refs;
    _Atomic(struct buffer *) forms[CODEC_MAX][CARILLON_MEMBER_LISTS]; /* of all its pages, in a row */
    size_t page_count;                                                /* at most ROSTER_SECTION_PAGES */
    struct roster_page *pages[];                                      /* a reference each */
};

struct carillon_roster {
    atomic_uint refs;
    size_t count; /* members of all sections */
    size_t section_count;
    struct roster_section *sections[]; /* a reference each */
};

/* Copies all strings. One reference; NULL when memory is short, as below. */
struct roster_page *roster_page_new(const struct carillon_user *users, const struct carillon_str *infos, size_t count,
                                    bool first);
struct roster_page *roster_page_ref(struct roster_page *page);
void roster_page_unref(struct roster_page *page);

/* With room for so many pages, which the caller puts there with a reference each. */
struct roster_section *roster_section_new(size_t page_count);
struct roster_section *roster_section_ref(struct roster_section *section);
void roster_section_unref(struct roster_section *section);

/* ... for so many sections, likewise. */
struct carillon_roster *roster_new(size_t section_count);
struct carillon_roster *roster_ref(struct carillon_roster *roster);
void roster_unref(struct carillon_roster *roster);
/* All members in a row, in a block that the caller frees; their strings live as long as the roster. */
struct carillon_user *roster_users(const struct carillon_roster *roster);

#endif
