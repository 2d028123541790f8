/* Membership, as other operations change it too. conversation_store must follow adding and removing. */
#ifndef SQLITE_MEMBER_H
#define SQLITE_MEMBER_H

#include "account.h"
#include "conversation.h"

void member_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct actor actor,
                struct carillon_str name, enum carillon_role role);
void member_remove(struct carillon_storage_thread *thread, struct conversation *conversation, int64_t account);
enum carillon_role member_role(struct carillon_storage_thread *thread, const struct conversation *conversation,
                               int64_t account);

#endif
