/*
 * The common JSON form of messages, changes and users (message/README.md). Pure; any thread.
 */
#ifndef CARILLON_MESSAGE_JSON_H
#define CARILLON_MESSAGE_JSON_H

#include "base/json_writer.h"
#include <carillon/message.h>
#include <carillon/storage.h>

/* name as in json_writer.h. */
void json_write_user(struct json_writer *writer, const char *name, const struct carillon_user *user);
void json_write_message(struct json_writer *writer, const char *name, const struct carillon_message *message);
void json_write_reactions(struct json_writer *writer, const char *name, const struct carillon_message *message);
void json_write_conversation(struct json_writer *writer, const char *name,
                             const struct carillon_conversation *conversation);
/* What waits for a moderator, as the README has it. */
void json_write_held(struct json_writer *writer, const char *name, const struct carillon_held *held);
/* A person's read mark there, as members of the object that is open: channel, pos, unread, mentions. */
void json_write_read_mark(struct json_writer *writer, const struct carillon_conversation *conversation);
/* A change's event data, as in the README's table. */
void json_write_change_data(struct json_writer *writer, const char *name, const struct carillon_change *change);
/* The whole event as clients get it: {"type":"event","channel","epoch","pos","event","at","data"}. */
void json_write_change_event(struct json_writer *writer, const char *name, struct carillon_str channel,
                             struct carillon_str epoch, const struct carillon_change *change);

const char *event_type_name(enum carillon_event_type type);
const char *role_name(enum carillon_role role);
/* CARILLON_ROLE_NONE for an unknown word. */
enum carillon_role role_from_name(struct carillon_str name);
const char *visibility_name(enum carillon_visibility visibility);

#endif
