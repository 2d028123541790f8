/*
 * The storage contract: what the daemon asks of a storage plugin.
 *
 * The daemon's side is asynchronous: a worker fills a request, the executor runs it on a thread that may block, and
 * the completion is posted back to that worker. The plugin's side is therefore plain blocking code:
 *
 *   - the executor owns `writers` writing threads and `readers` reading threads; it makes one struct
 *     carillon_storage_thread for each (thread_open) and calls write() and read() with it on that thread only;
 *   - all writes of one conversation come through the same writing thread, in the order the home gave them;
 *   - write() gets everything that was waiting, of many conversations, and commits it together. A request in the batch
 *     that fails (duplicate, not found) fails alone and leaves no trace; the others commit. When write() returns
 *     CARILLON_OK, every request whose result is >= 0 is durable: it survives kill -9 and loss of power. When it
 *     returns a failure nothing of the batch is durable, except for CARILLON_UNKNOWN: it may be or may not be;
 *   - pos is assigned inside the commit: contiguous from 1 in each conversation, never reused, also not after retention.
 *
 * Memory: inputs are the host's and live until the request completes; outputs are taken from request->arena with
 * carillon_host.arena_alloc and live as long as the request. The plugin keeps no pointer after it returned.
 *
 * Every request names its app; conversations, users, client ids and invitations of different apps never meet.
 * carillon's contract suite (tests/storage) is the judge: every backend passes it.
 */
#ifndef CARILLON_STORAGE_H
#define CARILLON_STORAGE_H

#include <carillon/message.h>

/* X(NAME, "name", kind): kind is W for a change of one conversation, G for another write, R for a read. */
#define CARILLON_STORAGE_OPS(X)                                                                                        \
    X(APPEND, "append", W)                                                                                             \
    X(EDIT, "edit", W)                                                                                                 \
    X(DELETE, "delete", W)                                                                                             \
    X(REACT, "react", W)                                                                                               \
    X(CONVERSATION_CREATE, "conversation_create", W)                                                                   \
    X(CONVERSATION_UPDATE, "conversation_update", W)                                                                   \
    X(MEMBER_SET, "member_set", W)                                                                                     \
    X(INVITATION_ACCEPT, "invitation_accept", W)                                                                       \
    X(INVITATION_CREATE, "invitation_create", G)                                                                       \
    X(INVITATION_REVOKE, "invitation_revoke", G)                                                                       \
    X(READ_MARK, "read_mark", G)                                                                                       \
    X(RETENTION, "retention", G)                                                                                       \
    X(USER_PUT, "user_put", G)                                                                                         \
    X(ERASURE_PUT, "erasure_put", G)                                                                                   \
    X(USER_ERASE, "user_erase", W)                                                                                     \
    X(USER_FORGET, "user_forget", G)                                                                                   \
    X(REVOCATION_PUT, "revocation_put", G)                                                                             \
    X(HELD_PUT, "held_put", G)                                                                                         \
    X(HELD_REMOVE, "held_remove", G)                                                                                   \
    X(MUTE_PUT, "mute_put", G)                                                                                         \
    X(CONVERSATION_GET, "conversation_get", R)                                                                         \
    X(CONVERSATION_LIST, "conversation_list", R)                                                                       \
    X(HISTORY, "history", R)                                                                                           \
    X(CHANGES, "changes", R)                                                                                           \
    X(MESSAGE_GET, "message_get", R)                                                                                   \
    X(CLIENT_ID_GET, "client_id_get", R)                                                                               \
    X(MEMBER_LIST, "member_list", R)                                                                                   \
    X(INVITATION_GET, "invitation_get", R)                                                                             \
    X(INVITATION_LIST, "invitation_list", R)                                                                           \
    X(SEARCH, "search", R)                                                                                             \
    X(USER_GET, "user_get", R)                                                                                         \
    X(USER_LIST, "user_list", R)                                                                                       \
    X(USER_EXPORT, "user_export", R)                                                                                   \
    X(ERASURE_LIST, "erasure_list", R)                                                                                 \
    X(REVOCATION_LIST, "revocation_list", R)                                                                           \
    X(HELD_GET, "held_get", R)                                                                                         \
    X(HELD_LIST, "held_list", R)                                                                                       \
    X(MUTE_LIST, "mute_list", R)                                                                                       \
    X(PING, "ping", R)                                                                                                 \
    X(IMPORT, "import", W)                                                                                             \
    X(CLIENT_ID_PUT, "client_id_put", G)                                                                               \
    X(CLIENT_ID_LIST, "client_id_list", R)                                                                             \
    X(READ_MARK_LIST, "read_mark_list", R)

enum carillon_storage_op {
#define CARILLON_X(name, text, kind) CARILLON_STORAGE_##name,
    CARILLON_STORAGE_OPS(CARILLON_X)
#undef CARILLON_X
        CARILLON_STORAGE_OP_COUNT
};

struct carillon_conversation {
    struct carillon_str name; /* the channel */
    struct carillon_str epoch;
    struct carillon_str title;
    struct carillon_user creator;
    enum carillon_visibility visibility;
    int64_t created_ms;
    uint64_t last_pos;  /* of its newest change; 0: none */
    uint64_t first_pos; /* changes from here on are kept; last_pos + 1 when none is */
    uint64_t member_count;
    /* As seen by request->user, if it names one: */
    enum carillon_role role;
    uint64_t read_pos; /* the read mark; 0: none */
    uint64_t unread;   /* messages above read_pos by others, not deleted: counted */
    uint64_t mentions; /* of those, the ones that mention the user */
    struct carillon_message
        *last_message; /* its newest message that is not deleted; CONVERSATION_LIST and _GET; may be NULL */
};

struct carillon_member {
    struct carillon_user user;
    enum carillon_role role;
    int64_t joined_ms;
    uint64_t read_pos;
};

struct carillon_invitation {
    struct carillon_str code; /* unguessable; made by the daemon */
    struct carillon_str conversation;
    struct carillon_str title; /* of the conversation */
    struct carillon_user creator;
    enum carillon_role role; /* MEMBER or MODERATOR */
    int64_t created_ms, expires_ms;
    uint32_t uses, max_uses; /* max_uses 0: any number until it expires */
};

struct carillon_revocation {
    struct carillon_str user;  /* all tokens of this user issued before at_ms, or */
    struct carillon_str token; /* the one token with this id */
    int64_t at_ms, until_ms;   /* forgotten after until_ms */
};

/* Somebody who may not write for a while, by a hook's verdict. */
struct carillon_mute {
    struct carillon_str user;
    struct carillon_str channel; /* a name, or "*": all of the app */
    struct carillon_str text;    /* for the user to read; may be absent */
    int64_t until_ms;            /* forgotten afterwards */
};

/* A client id that is remembered, and what a retry with it is answered with. */
struct carillon_client_id {
    struct carillon_str conversation;
    struct carillon_str user; /* the author */
    struct carillon_str client_id;
    uint8_t submitted[16];
    enum carillon_event_type type; /* MESSAGE_NEW or EVENT */
    uint64_t pos;
    struct carillon_str id; /* the message's; absent of an EVENT */
    int64_t at_ms;
};

/* A message or event that waits for a moderator: it is in no conversation and has no pos. */
struct carillon_held {
    struct carillon_str id; /* the message's own, which it keeps when it is released */
    struct carillon_str conversation;
    struct carillon_user author;
    enum carillon_event_type type; /* MESSAGE_NEW or EVENT */
    struct carillon_str client_id; /* may be absent, as in an APPEND */
    uint8_t submitted[16];
    struct carillon_str name; /* EVENT */
    struct carillon_str text, data, reply_to;
    struct carillon_str *mentions;
    size_t mention_count;
    struct carillon_str queue;  /* for which moderators it is */
    struct carillon_str reason; /* why, for them to read; may be absent */
    int64_t created_ms, expires_ms;
};

/* Which fields an operation reads; everything else is zero. The comments name the operations. */
struct carillon_storage_input {
    struct carillon_str conversation; /* all but USER_*, REVOCATION_*, PING, CONVERSATION_LIST, INVITATION_GET */
    struct carillon_user user;        /* who acts, or as whom it is seen */
    int64_t now_ms;                   /* all writes */
    struct carillon_str id;        /* APPEND: the new message's id; EDIT, DELETE, REACT, MESSAGE_GET: of which message;
                                         INVITATION_*: the code; REVOCATION_PUT: the token's id */
    enum carillon_event_type type; /* APPEND: MESSAGE_NEW or EVENT */
    struct carillon_str client_id; /* APPEND (optional), CLIENT_ID_GET */
    uint8_t submitted[16];         /* APPEND: digest of the body as submitted; another one under the same client id
                                         of the same author is a CONFLICT. For an edit the stored digest stays */
    struct carillon_str text;      /* APPEND, EDIT; SEARCH: the words; CONVERSATION_*: the title (absent: unchanged) */
    struct carillon_str name;      /* APPEND of an EVENT: its name; CONVERSATION_CREATE: the epoch */
    struct carillon_str data;      /* APPEND, EDIT: JSON, may be absent */
    struct carillon_str reply_to;  /* APPEND: a message id of the same conversation, else INVALID; may be absent */
    struct carillon_str *mentions; /* APPEND, EDIT */
    size_t mention_count;
    struct carillon_str emoji;           /* REACT */
    bool remove;                         /* REACT: take it back; MEMBER_SET: leave */
    struct carillon_user member;         /* MEMBER_SET: of whom */
    enum carillon_role role;             /* MEMBER_SET, INVITATION_CREATE; MEMBER_LIST: this one or higher, NONE: all */
    enum carillon_visibility visibility; /* CONVERSATION_CREATE, CONVERSATION_UPDATE (with set_visibility) */
    bool set_visibility;
    uint64_t pos;       /* READ_MARK: read up to here (never goes back); CLIENT_ID_PUT */
    uint64_t before;    /* HISTORY: messages with pos < before, newest last; 0: from the end */
    uint64_t after;     /* HISTORY: (before == 0) messages with pos > after; CHANGES: changes with pos > after */
    bool from_start;    /* HISTORY: after is meant even when it is 0 */
    int64_t before_ms;  /* RETENTION: drop what is older; 0: no bound */
    uint64_t keep;      /* RETENTION: keep the newest so many messages; 0: no bound */
    int64_t expires_ms; /* INVITATION_CREATE; REVOCATION_PUT, MUTE_PUT: until_ms; HELD_PUT */
    uint32_t max_uses;  /* INVITATION_CREATE */
    bool unique_name;   /* USER_PUT: EXISTS if another user of the app has this name (compared without case) */
    bool public_too;    /* CONVERSATION_LIST, SEARCH: public conversations besides those the user is a member of */
    bool any;           /* CONVERSATION_LIST, SEARCH: all conversations of the app (server's key) */
    struct carillon_str cursor; /* where a list goes on: output.cursor of the page before; absent: from its start */
    uint32_t limit; /* of items in a list, RETENTION and USER_ERASE too; 1 to 1000. HELD_PUT: how many may wait
                                   in the queue */
    struct carillon_str queue;  /* HELD_PUT; HELD_LIST: absent: all of the conversation's */
    struct carillon_str reason; /* HELD_PUT */
    bool quiet;    /* IMPORT: MEMBER_*: only the membership; CONVERSATION_CREATED: it begins after pos, since retention
                   dropped what was before */
    uint32_t uses; /* INVITATION_CREATE: how often it was used before, in the storage that it is copied from */
};

struct carillon_storage_output {
    struct carillon_change
        *change; /* the change made. W: APPEND with DUPLICATE gives the first one; when nothing had to
                                       change (reaction there already, already deleted, same role) OK with NULL */
    struct carillon_conversation *conversation;  /* CONVERSATION_*, MEMBER_SET, INVITATION_ACCEPT, READ_MARK */
    struct carillon_message **messages;          /* HISTORY (by pos, ascending), SEARCH (newest first), USER_EXPORT,
                                                   MESSAGE_GET and CLIENT_ID_GET (one) */
    struct carillon_change *changes;             /* CHANGES (by pos), USER_ERASE */
    struct carillon_conversation *conversations; /* CONVERSATION_LIST (newest activity first), USER_EXPORT */
    struct carillon_member *members;             /* MEMBER_LIST (by name); READ_MARK_LIST (user's id and read_pos) */
    struct carillon_invitation *invitations;     /* INVITATION_CREATE, _GET, _ACCEPT (one), _LIST */
    struct carillon_revocation *revocations;     /* REVOCATION_LIST */
    struct carillon_user *user;                  /* USER_GET */
    size_t count;                /* of the list above; RETENTION: messages dropped; USER_EXPORT: of messages */
    bool more;                   /* the list goes on after this page */
    struct carillon_str cursor;  /* input.cursor of the next page, when more */
    struct carillon_str detail;  /* of a failure, for the log and the operator; no secrets */
    size_t conversation_count;   /* USER_EXPORT: of conversations */
    struct carillon_held *held;  /* HELD_PUT, HELD_GET, HELD_REMOVE (one), HELD_LIST (oldest first) */
    struct carillon_mute *mutes; /* MUTE_LIST: of the app */
    struct carillon_user *users; /* ERASURE_LIST, USER_LIST: of the app */
    uint8_t submitted[16];       /* CLIENT_ID_GET: of the first one */
    struct carillon_client_id *client_ids; /* CLIENT_ID_LIST: of the app, in any order */
    int64_t since_ms;                      /* CLIENT_ID_LIST: what is older is forgotten */
};

/*
 * Notes on single operations (results besides OK; all may give INTERNAL, UNAVAILABLE, UNKNOWN, INVALID):
 *   APPEND               DUPLICATE (same author, client id and digest), CONFLICT (other digest), NOT_FOUND (conversation)
 *   EDIT                 NOT_FOUND; GONE (deleted). Rights are the daemon's business, not the plugin's
 *   DELETE               a tombstone: text, data, mentions, reactions and search entry go; the row and its pos stay.
 *                        NOT_FOUND; OK without a change if deleted before
 *   REACT                NOT_FOUND; GONE (deleted); LIMIT (more than 50 different emoji on a message)
 *   CONVERSATION_CREATE  EXISTS (conversation is given). The creator becomes its OWNER. The change is pos 1
 *   MEMBER_SET           role NONE is INVALID unless remove; NOT_FOUND (no such conversation; not a member when removing);
 *                        LIMIT (would leave a conversation that has an owner without one)
 *   INVITATION_ACCEPT    NOT_FOUND; GONE (expired, used up). OK without a change when a member already
 *   READ_MARK            OK; conversation carries the new counts; a pos above last_pos counts as last_pos
 *   RETENTION            drops up to limit whole messages and their changes from the start of the conversation, so that
 *                        what is kept is a contiguous end of the positions; first_pos tells where it begins. more: again
 *   CHANGES              GONE if after + 1 < first_pos; NOT_FOUND
 *   USER_PUT             EXISTS (unique_name)
 *   ERASURE_PUT          the user is to be erased: ERASURE_LIST tells so until USER_FORGET of the user. OK when told before
 *   USER_ERASE           in one conversation: tombstones for up to limit messages of the user, and its reactions,
 *                        membership, read mark there; changes lists the changes made; more: again. Where the last owner
 *                        goes, the moderator who joined first becomes owner, else the member who did (MEMBER_ROLE)
 *   USER_FORGET          the user's record, name, invitations, client ids, held messages and mutes in all conversations, after
 *                        USER_ERASE in each, and with it the ERASURE_PUT; the author's name in tombstones becomes empty
 *   USER_EXPORT          messages written by the user, by age, paged; the first page also lists conversations
 *   HELD_PUT             takes id, type, client_id, submitted, text, name, data, reply_to, mentions as an APPEND does, and
 *                        queue, reason, expires_ms, limit. The conversation need not exist. DUPLICATE (same author, client
 *                        id and digest: the first one), CONFLICT (other digest), LIMIT (so many wait in the queue). Drops what
 *                        has expired anywhere
 *   HELD_LIST            without a conversation: all of the app
 *   USER_LIST            those with a record (USER_PUT), by id
 *   HELD_GET, HELD_REMOVE of the conversation by in.id. NOT_FOUND: no such, or expired
 *   MUTE_PUT             conversation is the channel, "*" too; it replaces an older one of that user there. expires_ms not
 *                        above now_ms takes it away. USER_FORGET takes all of the user's
 *   IMPORT               repeats one change of another storage (carillond --copy-storage): type, user, now_ms, and what
 *                        the operation of that type reads; of messages also pos, where it was; of a MESSAGE_DELETED
 *                        member: by whom the message says it was. CONVERSATION_CREATED makes the conversation, and nobody
 *                        a member. No rule is asked, except EXISTS and NOT_FOUND of the conversation; what the change is
 *                        about may be gone. quiet: what it says, and no change. A client_id is shown with the message
 *                        and not remembered, which CLIENT_ID_PUT does
 *   CLIENT_ID_PUT        remembers a client id as if an APPEND at now_ms had brought it: user, client_id, submitted, type, id
 *                        (of a message), pos, which retention may have dropped. Of two of the same client id that with
 *                        the higher pos counts. NOT_FOUND; INVALID (pos above last_pos)
 *   CLIENT_ID_LIST       all that are remembered at now_ms (0: now), in the app
 *   READ_MARK_LIST       of the conversation, who is a member or not. NOT_FOUND
 *   SEARCH               all words must occur, the last may be the beginning of one; nothing in the text is an operator
 */
struct carillon_storage_request {
    enum carillon_storage_op op;
    enum carillon_result result;
    struct carillon_str app;
    struct carillon_storage_input in;
    struct carillon_storage_output out;
    struct carillon_arena *arena;
};

struct carillon_storage;        /* the plugin's own: one opened database */
struct carillon_storage_thread; /* the plugin's own: what one thread needs, a connection and its statements */

/* Lists with an unsigned size come first so that the struct can grow at its end. */
struct carillon_storage_ops {
    size_t size; /* sizeof(struct carillon_storage_ops) as the plugin was built */
    const char *name;
    unsigned writers, readers; /* how many threads to start: SQLite 1 and 3 */
    unsigned max_batch;        /* at most so many requests a write() */
    /* Opens or creates it, brings its schema up to date; on the main thread. error: at least 256 bytes, what and the cure.
       A server that does not answer now is no failure: the plugin waits for it, and its requests are UNAVAILABLE till
       then. What will not mend itself (a wrong password) is one. */
    enum carillon_result (*open)(struct carillon_storage **store, char *error, size_t error_size);
    void (*close)(struct carillon_storage *store);
    enum carillon_result (*thread_open)(struct carillon_storage *store, bool writer,
                                        struct carillon_storage_thread **thread);
    void (*thread_close)(struct carillon_storage_thread *thread);
    /* Sets each request's result and output; see above for what the return value promises. */
    enum carillon_result (*write)(struct carillon_storage_thread *thread, struct carillon_storage_request **requests,
                                  size_t n);
    void (*read)(struct carillon_storage_thread *thread, struct carillon_storage_request *request);
};

#endif
