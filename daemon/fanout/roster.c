#include "fanout/roster.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static void forms_free(_Atomic(struct buffer *) forms[CODEC_MAX][CARILLON_MEMBER_LISTS])
{
    for (size_t codec = 0; codec < CODEC_MAX; codec++)
        for (size_t list = 0; list < CARILLON_MEMBER_LISTS; list++)
            buffer_unref(atomic_load_explicit(&forms[codec][list], memory_order_relaxed));
}

struct roster_page *roster_page_new(const struct carillon_user *users, const struct carillon_str *infos, size_t count,
                                    bool first)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += str_packed_size(users[i].id) + str_packed_size(users[i].name) + str_packed_size(infos[i]);
    struct roster_page *page = calloc(1, sizeof *page + count * (sizeof *users + sizeof *infos) + bytes);
    if (!page)
        return NULL;
    struct carillon_user *own_users = (struct carillon_user *)(page + 1);
    struct carillon_str *own_infos = (struct carillon_str *)(own_users + count);
    char *to = (char *)(own_infos + count);
    for (size_t i = 0; i < count; i++) {
        own_users[i].id = str_pack(&to, users[i].id);
        own_users[i].name = str_pack(&to, users[i].name);
        own_infos[i] = str_pack(&to, infos[i]);
    }
    atomic_init(&page->refs, 1);
    page->members = (struct carillon_members){ own_users, own_infos, count, first };
    return page;
}

struct roster_page *roster_page_ref(struct roster_page *page)
{
    atomic_fetch_add_explicit(&page->refs, 1, memory_order_relaxed);
    return page;
}

void roster_page_unref(struct roster_page *page)
{
    if (!page || atomic_fetch_sub_explicit(&page->refs, 1, memory_order_acq_rel) != 1)
        return;
    forms_free(page->forms);
    free(page);
}

struct roster_section *roster_section_new(size_t page_count)
{
    struct roster_section *section = calloc(1, sizeof *section + page_count * sizeof section->pages[0]);
    if (!section)
        return NULL;
    atomic_init(&section->refs, 1);
    section->page_count = page_count;
    return section;
}

struct roster_section *roster_section_ref(struct roster_section *section)
{
    atomic_fetch_add_explicit(&section->refs, 1, memory_order_relaxed);
    return section;
}

void roster_section_unref(struct roster_section *section)
{
    if (!section || atomic_fetch_sub_explicit(&section->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < section->page_count; i++)
        roster_page_unref(section->pages[i]);
    forms_free(section->forms);
    free(section);
}

struct carillon_roster *roster_new(size_t section_count)
{
    struct carillon_roster *roster = calloc(1, sizeof *roster + section_count * sizeof roster->sections[0]);
    if (!roster)
        return NULL;
    atomic_init(&roster->refs, 1);
    roster->section_count = section_count;
    return roster;
}

struct carillon_roster *roster_ref(struct carillon_roster *roster)
{
    atomic_fetch_add_explicit(&roster->refs, 1, memory_order_relaxed);
    return roster;
}

void roster_unref(struct carillon_roster *roster)
{
    if (!roster || atomic_fetch_sub_explicit(&roster->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < roster->section_count; i++)
        roster_section_unref(roster->sections[i]);
    free(roster);
}

/* Puts them there; returns the place behind them. */
static struct carillon_user *section_users(const struct roster_section *section, struct carillon_user *to)
{
    for (size_t i = 0; i < section->page_count; i++) {
        const struct carillon_members *members = &section->pages[i]->members;
        memcpy(to, members->users, members->count * sizeof *to);
        to += members->count;
    }
    return to;
}

struct carillon_user *roster_users(const struct carillon_roster *roster)
{
    struct carillon_user *users = malloc((roster->count + 1) * sizeof *users), *to = users;
    for (size_t i = 0; users && i < roster->section_count; i++)
        to = section_users(roster->sections[i], to);
    return users;
}
