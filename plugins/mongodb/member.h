/* Membership, as other operations change it too. */
#ifndef MONGODB_MEMBER_H
#define MONGODB_MEMBER_H

#include "conversation.h"

bson_value_t member_new_key(void);
/* key: the _id of its document, and of the change that it comes with, by which a deletion by others is known; may be NULL. */
void member_add(struct carillon_storage_thread *thread, struct conversation *conversation, struct carillon_user user,
                enum carillon_role role, const bson_value_t *key);
void member_remove(struct carillon_storage_thread *thread, struct conversation *conversation, struct carillon_str user);
enum carillon_role member_role(struct carillon_storage_thread *thread, struct carillon_str user);
void member_set_role(struct carillon_storage_thread *thread, struct carillon_str user, enum carillon_role role);
/* Role, name and time of joining as the request tells; the document stays the one of the change that it came with. */
void member_correct(struct carillon_storage_thread *thread, struct carillon_user user, enum carillon_role role);
/* Is this role held by nobody else? */
bool member_is_last_owner(struct carillon_storage_thread *thread, enum carillon_role role);
/* Who comes after the last owner: the moderator, else the member, who joined first. Without id: nobody is left. */
struct carillon_user member_heir(struct carillon_storage_thread *thread);
/* For sorting and comparing names without regard to case; from the request's arena. */
struct carillon_str member_fold_name(struct carillon_storage_thread *thread, struct carillon_str name);
/* The same as the field sort_name. */
void member_append_name(bson_t *fields, struct carillon_str name);

#endif
