/* What the looks at other programs' documents share (adopt.h). Each runs inside a transaction, and may run again. */
#ifndef MONGODB_ADOPTION_H
#define MONGODB_ADOPTION_H

#include "change.h"

/* One document that is looked at. */
struct adoption {
    const bson_value_t *key;
    const bson_t *inserted; /* the document as its insert told it; NULL: not known */
    bson_t *doc;            /* as it is; NULL: gone */
    bson_t *user;           /* of a message: its author, where that had to be looked up */
    bson_t *message;        /* of a reaction: what it is about; NULL: gone */
    bson_t *past;           /* the change that it came with; NULL: it has none yet */
    struct carillon_storage_request request;
    struct conversation *conversation;
    struct change change; /* what was made of it; pos 0: nothing */
};

/* The looks: transaction_fn, arg is a struct adoption with its key. */
void adopt_message(struct carillon_storage_thread *thread, void *arg);
void adopt_conversation(struct carillon_storage_thread *thread, void *arg);
void adopt_member(struct carillon_storage_thread *thread, void *arg);
void adopt_reaction(struct carillon_storage_thread *thread, void *arg);
void adopt_user(struct carillon_storage_thread *thread, void *arg);

/*
 * The change that a new message's adoption made, as the host may tell it; all of it lives in the adoption. False: there is
 * more to it (mentions, what it answers), it has to be read.
 */
bool adopt_message_describe(const struct adoption *adoption, struct carillon_message *message,
                            struct carillon_change *change);

/* Is this document of `users` as a daemon would have written it? */
bool adopt_is_known_user(const bson_t *doc);

/* { _id } */
bson_t *adoption_by_key(const bson_value_t *key);
/* Sets the request and the conversation by what `from` says, the document or its past. False: there is none, which is said. */
bool adoption_find_place(struct carillon_storage_thread *thread, struct adoption *adoption, const bson_t *from);
/* The app that a document names, or that of those which name none. */
struct carillon_str adoption_app(struct carillon_storage_thread *thread, const bson_t *doc);
/* Is there another document than this one that the filter finds? Takes it over. */
bool adoption_has_another(struct carillon_storage_thread *thread, enum collection in, const struct adoption *adoption,
                          bson_t *filter);
/* Sets fields of the document; takes them over. How many there were: 1, or 0 when it is gone. */
int64_t adoption_set(struct carillon_storage_thread *thread, enum collection in, const struct adoption *adoption,
                     bson_t *fields);
/* It stays as it is, and the log says why. */
void adoption_refuse(const struct adoption *adoption, const char *why);

/* field: "ada", or { id: "ada", name: "Ada" }. A name that is missing is the id. False: that is no user. */
bool adoption_user(const bson_t *doc, const char *field, struct carillon_user *user);
bool adoption_is_text(struct carillon_str text, size_t max);
/* Made of the letters that ids of users and names of channels are made of. */
bool adoption_is_name(struct carillon_str name, size_t max);

#endif
