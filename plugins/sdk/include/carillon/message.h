/*
 * What is stored and delivered: messages, and the changes that make them.
 *
 * All memory that these structs point to belongs to whoever made the struct (a storage request's arena, an event) and
 * is read-only to everybody else.
 */
#ifndef CARILLON_MESSAGE_H
#define CARILLON_MESSAGE_H

#include <carillon/types.h>

/*
 * X(NAME, "name on the wire", durable): a durable one is a change with a pos in its conversation; the others pass by.
 * EVENT is an application's own event (a trigger, a client event): its name and data are its own.
 */
#define CARILLON_EVENTS(X)                                                                                             \
    X(MESSAGE_NEW, "message.new", 1)                                                                                   \
    X(MESSAGE_EDITED, "message.edited", 1)                                                                             \
    X(MESSAGE_DELETED, "message.deleted", 1)                                                                           \
    X(REACTION_ADDED, "reaction.added", 1)                                                                             \
    X(REACTION_REMOVED, "reaction.removed", 1)                                                                         \
    X(MEMBER_JOINED, "member.joined", 1)                                                                               \
    X(MEMBER_LEFT, "member.left", 1)                                                                                   \
    X(MEMBER_ROLE, "member.role", 1)                                                                                   \
    X(CONVERSATION_CREATED, "conversation.created", 1)                                                                 \
    X(CONVERSATION_UPDATED, "conversation.updated", 1)                                                                 \
    X(EVENT, "event", 1)                                                                                               \
    X(TYPING, "typing", 0)                                                                                             \
    X(READ, "read", 0)                                                                                                 \
    X(PRESENCE_JOINED, "presence.joined", 0)                                                                           \
    X(PRESENCE_LEFT, "presence.left", 0)                                                                               \
    X(SUBSCRIBERS, "subscribers", 0)

enum carillon_event_type {
#define CARILLON_X(name, text, durable) CARILLON_EVENT_##name,
    CARILLON_EVENTS(CARILLON_X)
#undef CARILLON_X
        CARILLON_EVENT_COUNT
};

/* X(NAME, "name", rank): a role may do what those of lower rank may. NONE: not a member. */
#define CARILLON_ROLES(X)                                                                                              \
    X(NONE, "none", 0)                                                                                                 \
    X(MEMBER, "member", 1)                                                                                             \
    X(MODERATOR, "moderator", 2)                                                                                       \
    X(OWNER, "owner", 3)

enum carillon_role {
#define CARILLON_X(name, text, rank) CARILLON_ROLE_##name = (rank),
    CARILLON_ROLES(CARILLON_X)
#undef CARILLON_X
};

enum carillon_visibility {
    CARILLON_VISIBILITY_PUBLIC = 0, /* everybody of the app may see and join it */
    CARILLON_VISIBILITY_INVITED = 1 /* members only */
};

struct carillon_user {
    struct carillon_str id;   /* 1 to 128 bytes of [A-Za-z0-9_\-=@,.;] */
    struct carillon_str name; /* shown to others, 1 to 80 bytes of UTF-8 */
};

struct carillon_reaction {
    struct carillon_str emoji;
    struct carillon_user *users; /* in the order they reacted; at most the first 50 */
    size_t user_count;           /* how many of them are listed */
    uint64_t count;              /* how many there are */
};

/* Bytes that a reply quotes. */
enum { CARILLON_REPLY_TEXT_MAX = 160 };

struct carillon_message {
    uint64_t pos;                              /* of its creation: its place in the history */
    struct carillon_str id;                    /* UUIDv7, unique in the app */
    struct carillon_str conversation;          /* the channel's name */
    struct carillon_user author;               /* the name as it was when it was written */
    struct carillon_str client_id;             /* the author's own id for it; may be absent */
    struct carillon_str text;                  /* UTF-8; empty once deleted */
    struct carillon_str data;                  /* the application's own JSON value; may be absent */
    int64_t created_ms, edited_ms, deleted_ms; /* 0: never */
    struct carillon_str deleted_by;            /* user id; absent unless deleted */
    struct carillon_str reply_to;              /* id of the message it answers; may be absent */
    struct carillon_user reply_author;         /* of that message */
    struct carillon_str
        reply_text; /* of that message, its first CARILLON_REPLY_TEXT_MAX bytes, cut at a character; empty if deleted */
    struct carillon_str *mentions; /* user ids */
    size_t mention_count;
    struct carillon_reaction *reactions;
    size_t reaction_count;
};

/* One durable step of a conversation. */
struct carillon_change {
    uint64_t pos;
    enum carillon_event_type type;
    struct carillon_user actor;
    int64_t at_ms;
    struct carillon_message
        *message;                /* MESSAGE_*, REACTION_*: the message as it is *now*, so that a replay converges */
    struct carillon_str emoji;   /* REACTION_* */
    struct carillon_user member; /* MEMBER_*: of whom */
    enum carillon_role role;     /* MEMBER_*: the role from now on */
    struct carillon_str name;    /* EVENT: its name; CONVERSATION_*: the title */
    enum carillon_visibility visibility; /* CONVERSATION_* */
    struct carillon_str data;            /* EVENT: its data as JSON; CONVERSATION_*: absent */
};

#endif
