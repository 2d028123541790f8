#include "lua/shared/keep.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "loop/worker.h"
#include "lua/shared/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file: this, and then so many bytes of records. It is read on the machine that wrote it. */
struct header {
    char form[16];
    uint64_t order, bytes, checksum;
};

/* Behind it the key and the value. */
struct record {
    uint32_t key_len, value_len;
    int64_t until_ms; /* wall clock; INT64_MAX: without end */
};

static const char form[16] = "carillon kv 1\n";
#define ORDER UINT64_C(0x0102030405060708)

static char *file;
static int64_t every_ms, due_ms;
static bool unsaved;

/* ---- reading ---- */

/* Puts the records back; how many. Their checksum was right. */
static size_t take_records(const char *at, const char *end)
{
    size_t count = 0;
    int64_t now_ms = loop_monotonic_ms(), wall_ms = loop_wall_ms();
    struct record record;
    while ((size_t)(end - at) >= sizeof record) {
        memcpy(&record, at, sizeof record);
        at += sizeof record;
        if ((size_t)(end - at) < (size_t)record.key_len + record.value_len)
            break;
        struct carillon_str key = { at, record.key_len }, value = { at + record.key_len, record.value_len };
        at += record.key_len + record.value_len;
        bool lasting = record.until_ms == INT64_MAX;
        if (lasting || record.until_ms > wall_ms)
            count += shared_restore(key, value, lasting ? INT64_MAX : now_ms + record.until_ms - wall_ms, now_ms);
    }
    return count;
}

/* All of a file; NULL: errno says why. */
static char *read_all(const char *path, size_t *len)
{
    struct stat about;
    char *text = NULL;
    FILE *in = fopen(path, "re");
    if (!in)
        return NULL;
    if (fstat(fileno(in), &about) == 0 && (text = malloc((size_t)about.st_size + 1)))
        *len = fread(text, 1, (size_t)about.st_size, in);
    fclose(in);
    return text;
}

static void read_file(void)
{
    struct header header = { .form = "" };
    size_t len = 0;
    char *text = read_all(file, &len);
    if (!text) {
        if (errno != ENOENT)
            log_error("lua", "%s cannot be read, kv begins empty: %s", file, strerror(errno));
        return;
    }
    if (len >= sizeof header)
        memcpy(&header, text, sizeof header);
    const char *records = text + sizeof header;
    if (memcmp(header.form, form, sizeof form) != 0 || header.order != ORDER || header.bytes != len - sizeof header ||
        header.checksum != XXH3_64bits(records, header.bytes))
        log_error("lua", "%s is damaged or of another form: kv begins empty", file);
    else
        log_info("lua", "kv has %zu values from before", take_records(records, text + len));
    free(text);
}

/* ---- writing ---- */

static void write_record(struct carillon_str key, struct carillon_str value, int64_t until_ms, void *arg)
{
    FILE *out = arg;
    int64_t left_ms = until_ms - loop_monotonic_ms();
    struct record record = { (uint32_t)key.len, (uint32_t)value.len,
                             until_ms == INT64_MAX ? INT64_MAX : loop_wall_ms() + left_ms };
    fwrite(&record, sizeof record, 1, out);
    fwrite(key.ptr, 1, key.len, out);
    fwrite(value.ptr, 1, value.len, out);
}

/* In memory first: no shard stays locked while a disk is waited for. */
static char *collect(size_t *len)
{
    char *text = NULL;
    struct header header = { .order = ORDER };
    memcpy(header.form, form, sizeof form);
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    fwrite(&header, sizeof header, 1, out);
    shared_each(SHARED_KV, loop_monotonic_ms(), write_record, out);
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    header.bytes = *len - sizeof header;
    header.checksum = XXH3_64bits(text + sizeof header, header.bytes);
    memcpy(text, &header, sizeof header);
    return text;
}

/* Beside it, and then in its place: the old one is good until the new one is. */
static bool write_file(const char *text, size_t len)
{
    char *beside = NULL;
    if (asprintf(&beside, "%s.new", file) < 0)
        abort();
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd >= 0 && file_write_all(fd, text, len) && fdatasync(fd) == 0;
    if (fd >= 0)
        good = close(fd) == 0 && good;
    good = good && rename(beside, file) == 0;
    free(beside);
    return good;
}

static void save_if_changed(void)
{
    size_t len;
    unsaved |= shared_take_changed(SHARED_KV);
    if (!unsaved)
        return;
    char *text = collect(&len);
    unsaved = !text || !write_file(text, len);
    if (unsaved)
        log_error("lua", "what scripts keep cannot be written to %s: %s", file, strerror(errno));
    free(text);
}

/* ---- when ---- */

void keep_configure(const char *path, int64_t every)
{
    every_ms = every;
    due_ms = loop_monotonic_ms() + every;
    if (file || !every)
        return;
    file = strdup(path);
    if (!file)
        abort();
    read_file();
    shared_take_changed(SHARED_KV);
}

void keep_turn(int64_t now_ms)
{
    if (!file || !every_ms || now_ms < due_ms)
        return;
    due_ms = now_ms + every_ms;
    save_if_changed();
}

void keep_close(void)
{
    if (file && every_ms)
        save_if_changed();
    free(file);
    file = NULL;
}
