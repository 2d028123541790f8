#include "lua/text/wordfile.h"
#include "base/log.h"
#include "lua/set/set.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct wordfile {
    struct wordfile *next;
    char *path;
    struct stat seen; /* as the list was read */
    pthread_mutex_t lock;
    struct words *words;
};

static struct wordfile *files; /* the main thread's */

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct words *read_words(const char *path, char *error)
{
    char why[256] = "";
    struct carillon_str text = { 0 };
    char problem[SCRIPT_ERROR_SIZE];
    char *bytes = script_file_read(path, &text.len, problem);
    if (!bytes) {
        snprintf(error, 512, "%.500s", problem);
        return NULL;
    }
    text.ptr = bytes;
    struct words *words = words_parse(text, why);
    free(bytes);
    if (!words)
        snprintf(error, 512, "%.250s: %s", path, why);
    return words;
}

static struct wordfile *file_new(const char *path, struct words *words, const struct stat *seen)
{
    struct wordfile *file = calloc(1, sizeof *file);
    char *copy = strdup(path);
    if (!file || !copy)
        abort();
    file->path = copy;
    file->words = words;
    file->seen = *seen;
    pthread_mutex_init(&file->lock, NULL);
    file->next = files;
    files = file;
    return file;
}

struct wordfile *wordfile_get(const char *path, char *error)
{
    struct stat seen = { 0 };
    for (struct wordfile *file = files; file; file = file->next)
        if (strcmp(file->path, path) == 0)
            return file;
    stat(path, &seen); /* before it is read: a later change is another one */
    struct words *words = read_words(path, error);
    return words ? file_new(path, words, &seen) : NULL;
}

struct words *wordfile_words(struct wordfile *file)
{
    pthread_mutex_lock(&file->lock);
    struct words *words = words_ref(file->words);
    pthread_mutex_unlock(&file->lock);
    return words;
}

static void put_words(struct wordfile *file, struct words *words)
{
    pthread_mutex_lock(&file->lock);
    struct words *old = file->words;
    file->words = words;
    pthread_mutex_unlock(&file->lock);
    words_unref(old);
}

static void look(struct wordfile *file)
{
    char error[512];
    struct stat now = { 0 };
    bool there = stat(file->path, &now) == 0;
    if (same_file(&now, &file->seen))
        return;
    file->seen = now;
    if (!there) {
        log_warning("lua", "%s is gone: its words go on as they were", file->path);
        return;
    }
    struct words *words = read_words(file->path, error);
    if (!words) {
        log_error("lua", "%s; its words go on as they were", error);
        return;
    }
    put_words(file, words);
    log_notice("lua", "%s has %zu words now", file->path, words_count(words));
}

void wordfiles_look(void)
{
    for (struct wordfile *file = files; file; file = file->next)
        look(file);
}

void wordfiles_free(void)
{
    for (struct wordfile *file = files, *next; file; file = next) {
        next = file->next;
        words_unref(file->words);
        pthread_mutex_destroy(&file->lock);
        free(file->path);
        free(file);
    }
    files = NULL;
}
