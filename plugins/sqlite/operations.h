/* One function an operation of the contract, in the file of its concern. See write.h for what they promise. */
#ifndef SQLITE_OPERATIONS_H
#define SQLITE_OPERATIONS_H

#include "write.h"

#define SQLITE_WRITES(X)                                                                                               \
    X(APPEND, append_change)                                                                                           \
    X(EDIT, edit_message)                                                                                              \
    X(DELETE, delete_message)                                                                                          \
    X(REACT, react_to_message)                                                                                         \
    X(CONVERSATION_CREATE, create_conversation)                                                                        \
    X(CONVERSATION_UPDATE, update_conversation)                                                                        \
    X(MEMBER_SET, set_member)                                                                                          \
    X(INVITATION_ACCEPT, accept_invitation)                                                                            \
    X(INVITATION_CREATE, create_invitation)                                                                            \
    X(INVITATION_REVOKE, revoke_invitation)                                                                            \
    X(READ_MARK, set_read_mark)                                                                                        \
    X(RETENTION, apply_retention)                                                                                      \
    X(USER_PUT, put_user)                                                                                              \
    X(ERASURE_PUT, put_erasure)                                                                                        \
    X(USER_ERASE, erase_user)                                                                                          \
    X(USER_FORGET, forget_user)                                                                                        \
    X(HELD_PUT, put_held)                                                                                              \
    X(HELD_REMOVE, remove_held)                                                                                        \
    X(MUTE_PUT, put_mute)                                                                                              \
    X(REVOCATION_PUT, put_revocation)                                                                                  \
    X(IMPORT, import_change)                                                                                           \
    X(CLIENT_ID_PUT, put_client_id)

#define SQLITE_READS(X)                                                                                                \
    X(CONVERSATION_GET, get_conversation)                                                                              \
    X(CONVERSATION_LIST, list_conversations)                                                                           \
    X(HISTORY, read_history)                                                                                           \
    X(CHANGES, read_changes)                                                                                           \
    X(MESSAGE_GET, get_message)                                                                                        \
    X(CLIENT_ID_GET, get_client_id)                                                                                    \
    X(MEMBER_LIST, list_members)                                                                                       \
    X(INVITATION_GET, get_invitation)                                                                                  \
    X(INVITATION_LIST, list_invitations)                                                                               \
    X(SEARCH, search_messages)                                                                                         \
    X(USER_GET, get_user)                                                                                              \
    X(USER_LIST, list_users)                                                                                           \
    X(USER_EXPORT, export_user)                                                                                        \
    X(HELD_GET, get_held)                                                                                              \
    X(HELD_LIST, list_held)                                                                                            \
    X(MUTE_LIST, list_mutes)                                                                                           \
    X(ERASURE_LIST, list_erasures)                                                                                     \
    X(REVOCATION_LIST, list_revocations)                                                                               \
    X(PING, ping)                                                                                                      \
    X(CLIENT_ID_LIST, list_client_ids)                                                                                 \
    X(READ_MARK_LIST, list_read_marks)

#define X(op, function) operation_fn function;
SQLITE_WRITES(X)
SQLITE_READS(X)
#undef X

#endif
