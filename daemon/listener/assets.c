#include "listener/assets.h"

#include "base/log.h"
#include "listener/csp.h"
#include "listener/listener_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>
#include <xxhash.h>
#include <zlib.h>

/*
 * A file is found by its whole path in a table made at the start, so no request reaches the file system. X.br and X.gz
 * beside X are its compressed variants; where a text has no gzipped one it is made here.
 */
enum variant { VARIANT_PLAIN, VARIANT_GZIP, VARIANT_BROTLI, VARIANTS };
enum {
    PATH_MAX_LEN = 1024,
    FILE_MAX = 64 << 20,
    DEPTH_MAX = 16,
    ETAG_SIZE = 24,
    GZIP_MIN = 256,
    GZIP_WINDOW = 15 + 16
};

struct asset {
    UT_hash_handle hh;
    struct buffer *variants[VARIANTS];
    char etags[VARIANTS][ETAG_SIZE];
    const char *type;
    bool immutable; /* its name holds a hash of its content */
    bool page;
    char path[];
};

static struct asset *assets;
static char *policy;

static const struct {
    const char *ending, *type;
    bool text;
} types[] = {
    { ".html", "text/html; charset=utf-8", true },
    { ".js", "text/javascript; charset=utf-8", true },
    { ".mjs", "text/javascript; charset=utf-8", true },
    { ".css", "text/css; charset=utf-8", true },
    { ".json", "application/json", true },
    { ".map", "application/json", true },
    { ".webmanifest", "application/manifest+json", true },
    { ".svg", "image/svg+xml", true },
    { ".txt", "text/plain; charset=utf-8", true },
    { ".png", "image/png", false },
    { ".jpg", "image/jpeg", false },
    { ".webp", "image/webp", false },
    { ".ico", "image/x-icon", false },
    { ".woff2", "font/woff2", false },
    { ".wasm", "application/wasm", false },
    { "", "application/octet-stream", false },
};

static const struct {
    const char *ending, *coding;
} codings[VARIANTS] = { [VARIANT_GZIP] = { ".gz", "gzip" }, [VARIANT_BROTLI] = { ".br", "br" } };

static bool ends_with(const char *text, size_t len, const char *end)
{
    size_t end_len = strlen(end);
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

static size_t type_of(const char *path)
{
    size_t i = 0;
    while (!ends_with(path, strlen(path), types[i].ending))
        i++;
    return i;
}

/* ---- loading ---- */

static struct buffer *file_read(const char *name)
{
    struct stat info;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    struct buffer *buffer = NULL;
    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_size <= FILE_MAX)
        buffer = buffer_new((size_t)info.st_size);
    size_t got = 0;
    while (buffer && got < buffer->len) {
        ssize_t n = read(fd, buffer->bytes + got, buffer->len - got);
        if (n <= 0) {
            buffer_unref(buffer);
            buffer = NULL;
        }
        got += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0)
        close(fd);
    return buffer;
}

static struct asset *asset_at(const char *path, size_t len)
{
    struct asset *asset = NULL;
    HASH_FIND(hh, assets, path, len, asset);
    if (asset)
        return asset;
    asset = calloc(1, sizeof *asset + len + 1);
    if (!asset)
        return NULL;
    memcpy(asset->path, path, len);
    size_t type = type_of(asset->path);
    asset->type = types[type].type;
    asset->page = type == 0;
    asset->immutable = strncmp(path, "/assets/", 8) == 0;
    HASH_ADD(hh, assets, path, len, asset);
    return asset;
}

static bool asset_set(struct asset *asset, enum variant variant, struct buffer *bytes)
{
    if (!asset || !bytes)
        return false;
    buffer_unref(asset->variants[variant]);
    asset->variants[variant] = bytes;
    snprintf(asset->etags[variant], ETAG_SIZE, "\"%016llx%d\"", (unsigned long long)XXH64(bytes->bytes, bytes->len, 0),
             (int)variant);
    return true;
}

static bool file_load(const char *name, const char *path)
{
    size_t len = strlen(path);
    enum variant variant = VARIANT_PLAIN;
    for (enum variant v = VARIANT_GZIP; v < VARIANTS; v++) {
        if (ends_with(path, len, codings[v].ending)) {
            variant = v;
            len -= strlen(codings[v].ending);
        }
    }
    struct buffer *bytes = file_read(name);
    if (bytes && asset_set(asset_at(path, len), variant, bytes))
        return true;
    log_error("assets", "%s cannot be read: %s", name, errno ? strerror(errno) : "it is too large");
    buffer_unref(bytes);
    return false;
}

static bool folder_load(const char *folder, size_t root_len, unsigned depth)
{
    char name[PATH_MAX_LEN];
    struct stat info;
    bool good = true;
    DIR *dir = depth < DEPTH_MAX ? opendir(folder) : NULL;
    if (!dir) {
        log_error("assets", "the web app's folder %s cannot be read: %s", folder, strerror(errno));
        return false;
    }
    for (struct dirent *entry; good && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof name, "%s/%s", folder, entry->d_name) >= (int)sizeof name || stat(name, &info))
            continue;
        if (S_ISDIR(info.st_mode))
            good = folder_load(name, root_len, depth + 1);
        else if (S_ISREG(info.st_mode))
            good = file_load(name, name + root_len);
    }
    closedir(dir);
    return good;
}

static struct buffer *gzip(const struct buffer *plain)
{
    z_stream stream = { 0 };
    if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return NULL;
    size_t room = deflateBound(&stream, plain->len);
    unsigned char *packed = malloc(room);
    stream.next_in = (Bytef *)(uintptr_t)plain->bytes;
    stream.avail_in = (uInt)plain->len;
    stream.next_out = packed;
    stream.avail_out = (uInt)room;
    bool done = packed && deflate(&stream, Z_FINISH) == Z_STREAM_END;
    struct buffer *buffer = done && stream.total_out < plain->len ? buffer_new(stream.total_out) : NULL;
    if (buffer)
        memcpy(buffer->bytes, packed, buffer->len);
    deflateEnd(&stream);
    free(packed);
    return buffer;
}

static void complete(void)
{
    struct asset *asset, *next;
    HASH_ITER (hh, assets, asset, next) {
        struct buffer *plain = asset->variants[VARIANT_PLAIN];
        if (!plain) { /* a compressed file without its original */
            asset_set(asset, VARIANT_PLAIN,
                      buffer_ref(asset->variants[VARIANT_GZIP] ? asset->variants[VARIANT_GZIP]
                                                               : asset->variants[VARIANT_BROTLI]));
            asset->type = types[sizeof types / sizeof *types - 1].type;
        } else if (!asset->variants[VARIANT_GZIP] && plain->len >= GZIP_MIN && types[type_of(asset->path)].text) {
            struct buffer *packed = gzip(plain);
            if (packed)
                asset_set(asset, VARIANT_GZIP, packed);
        }
    }
}

enum carillon_result assets_load_folder(const char *folder, struct carillon_str more_policy)
{
    assets_free();
    policy = csp_build(more_policy);
    if (!policy || !folder_load(folder, strlen(folder), 0)) {
        assets_free();
        return CARILLON_UNAVAILABLE;
    }
    complete();
    log_info("assets", "%u files of the web app from %s", HASH_COUNT(assets), folder);
    return CARILLON_OK;
}

enum carillon_result assets_load(const struct config *config)
{
    struct carillon_str folder = config_str(config_find(config, "web.directory"));
    struct carillon_str more_policy = config_str(config_find(config, "web.csp"));
    if (!config_bool(config_find(config, "web.enabled")) || !folder.len)
        return CARILLON_OK;
    return assets_load_folder(folder.ptr, more_policy.ptr ? more_policy : CARILLON_STR(""));
}

void assets_free(void)
{
    struct asset *asset, *next;
    HASH_ITER (hh, assets, asset, next) {
        HASH_DEL(assets, asset);
        for (int i = 0; i < VARIANTS; i++)
            buffer_unref(asset->variants[i]);
        free(asset);
    }
    free(policy);
    policy = NULL;
}

/* ---- serving ---- */

static struct asset *asset_find(struct carillon_str path)
{
    static const char *const not_pages[] = { "/api/", "/ws/", "/apps/", "/assets/" };
    struct asset *asset = NULL;
    HASH_FIND(hh, assets, path.ptr, path.len, asset);
    if (asset)
        return asset;
    bool page = !memchr(path.ptr, '.', path.len);
    for (size_t i = 0; i < sizeof not_pages / sizeof *not_pages; i++)
        page = page && strncmp(path.ptr, not_pages[i], strlen(not_pages[i]));
    if (page) /* a place inside the app, which the app finds itself */
        HASH_FIND(hh, assets, "/index.html", strlen("/index.html"), asset);
    return asset;
}

/* Is the coding acceptable? "gzip;q=0" is not. */
static bool accepts(struct carillon_str header, const char *coding)
{
    size_t len = strlen(coding);
    for (const char *p = header.ptr; p && *p; p += strcspn(p, ","), p += *p == ',') {
        p += strspn(p, " \t");
        if (strncasecmp(p, coding, len) || strcspn(p + len, ",; \t"))
            continue;
        const char *quality = strstr(p, "q="), *end = p + strcspn(p, ",");
        return !quality || quality > end || strtod(quality + 2, NULL) > 0;
    }
    return false;
}

static enum variant choose(const struct asset *asset, struct carillon_str accepted)
{
    for (enum variant v = VARIANT_BROTLI; v > VARIANT_PLAIN; v--) {
        if (asset->variants[v] && accepts(accepted, codings[v].coding))
            return v;
    }
    return VARIANT_PLAIN;
}

/* If-None-Match: "*", or a list of tags, weak ones too. */
static bool is_known(struct carillon_str tags, const char *etag)
{
    return tags.ptr && (strcmp(tags.ptr, "*") == 0 || strstr(tags.ptr, etag));
}

static struct carillon_http_param header_make(const char *name, const char *value)
{
    return (struct carillon_http_param){ { name, strlen(name) }, { value, strlen(value) } };
}

bool assets_serve(struct request *request)
{
    bool reads = request->head || strcmp(request->view.method.ptr, "GET") == 0;
    struct asset *asset = reads ? asset_find(request->view.path) : NULL;
    struct carillon_http_param headers[8];
    size_t count = 0;
    if (!asset)
        return false;
    enum variant variant = choose(asset, request_header(request, "accept-encoding"));
    headers[count++] = header_make("ETag", asset->etags[variant]);
    headers[count++] = header_make("Vary", "Accept-Encoding");
    headers[count++] = header_make("Cache-Control",
                                   asset->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (asset->page)
        headers[count++] = header_make("Content-Security-Policy", policy);
    if (is_known(request_header(request, "if-none-match"), asset->etags[variant]))
        return respond_shared(request, 304, headers, count, NULL) == CARILLON_OK;
    headers[count++] = header_make("Content-Type", asset->type);
    if (variant)
        headers[count++] = header_make("Content-Encoding", codings[variant].coding);
    return respond_shared(request, 200, headers, count, asset->variants[variant]) == CARILLON_OK;
}
