/* The collections; what is in them says README.md, their indexes are in indexes.h. */
#ifndef MONGODB_COLLECTIONS_H
#define MONGODB_COLLECTIONS_H

/* X(NAME, "name") */
#define COLLECTIONS(X)                                                                                                 \
    X(CONVERSATIONS, "conversations")                                                                                  \
    X(MESSAGES, "messages")                                                                                            \
    X(CHANGES, "changes")                                                                                              \
    X(CLIENT_IDS, "client_ids")                                                                                        \
    X(MEMBERS, "members")                                                                                              \
    X(READ_MARKS, "read_marks")                                                                                        \
    X(REACTIONS, "reactions")                                                                                          \
    X(USERS, "users")                                                                                                  \
    X(INVITATIONS, "invitations")                                                                                      \
    X(REVOCATIONS, "revocations")                                                                                      \
    X(HELD, "held")                                                                                                    \
    X(ERASURES, "erasures")                                                                                            \
    X(MUTES, "mutes")                                                                                                  \
    X(STATE, "carillon")

enum collection {
#define X(name, text) COLLECTION_##name,
    COLLECTIONS(X)
#undef X
        COLLECTION_COUNT
};

#endif
