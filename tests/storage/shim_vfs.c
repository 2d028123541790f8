#include "shim_vfs.h"

#include "fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

enum { SECTOR = 512, PATH_SIZE = 512 };

/* A write or truncation that the disk may not have. */
struct pending {
    struct pending *next;
    sqlite3_int64 offset;
    int size; /* -1: truncated to offset */
    unsigned char bytes[];
};

/* A file by its name, open or not. */
struct tracked {
    struct tracked *next;
    char path[PATH_SIZE];
    bool exists;
    unsigned char *certain; /* what is on the disk for certain */
    sqlite3_int64 size;
    struct pending *first, **last;
};

struct shim_file {
    sqlite3_file base;
    struct tracked *tracked; /* NULL: a temporary file */
    sqlite3_file *real;
};

static sqlite3_vfs shim, *real_vfs;
static struct tracked *files;
static void (*hook_fn)(unsigned operation, void *arg);
static void *hook_arg;
static unsigned operations, syncs;
static struct {
    bool on;
    enum shim_fault fault;
    const char *suffix;
    int after, times;
    unsigned struck;
} broken;

static void count_operation(void)
{
    operations++;
    if (hook_fn)
        hook_fn(operations, hook_arg);
}

static bool strikes(const struct shim_file *file, enum shim_fault fault)
{
    if (!broken.on || broken.fault != fault || !file->tracked || broken.times == 0)
        return false;
    size_t len = strlen(file->tracked->path), suffix = strlen(broken.suffix);
    if (len < suffix || strcmp(file->tracked->path + len - suffix, broken.suffix) != 0)
        return false;
    if (broken.after > 0) {
        broken.after--;
        return false;
    }
    if (broken.times > 0)
        broken.times--;
    broken.struck++;
    return true;
}

/* ---- what the disk holds ---- */

static struct tracked *track(const char *path)
{
    struct tracked *file = files;
    while (file && strcmp(file->path, path) != 0)
        file = file->next;
    if (!file) {
        file = calloc(1, sizeof(*file));
        assert_non_null(file);
        snprintf(file->path, sizeof(file->path), "%s", path);
        file->last = &file->first;
        file->next = files;
        files = file;
    }
    return file;
}

static void remember(struct tracked *file, sqlite3_int64 offset, const void *bytes, int size)
{
    struct pending *write = malloc(sizeof(*write) + (size > 0 ? (size_t)size : 0));
    assert_non_null(write);
    *write = (struct pending){ .offset = offset, .size = size };
    if (size > 0)
        memcpy(write->bytes, bytes, (size_t)size);
    *file->last = write;
    file->last = &write->next;
}

static void apply(unsigned char **image, sqlite3_int64 *size, sqlite3_int64 offset, const unsigned char *bytes, int n)
{
    sqlite3_int64 end = n < 0 ? offset : offset + n;
    if (n < 0 || end > *size) {
        unsigned char *grown = realloc(*image, (size_t)end + 1);
        assert_non_null(grown);
        *image = grown;
        if (end > *size)
            memset(grown + *size, 0, (size_t)(end - *size));
        *size = end;
    }
    if (n > 0)
        memcpy(*image + offset, bytes, (size_t)n);
}

static void settle(struct tracked *file)
{
    while (file->first) {
        struct pending *write = file->first;
        apply(&file->certain, &file->size, write->offset, write->bytes, write->size);
        file->first = write->next;
        free(write);
    }
    file->last = &file->first;
}

static void forget(struct tracked *file)
{
    while (file->first) {
        struct pending *write = file->first;
        file->first = write->next;
        free(write);
    }
    file->last = &file->first;
    free(file->certain);
    file->certain = NULL;
    file->size = 0;
    file->exists = false;
}

/* Of an unsynced write any of its sectors may have come through: none, all, or some. */
static void apply_some(const struct pending *write, unsigned char **image, sqlite3_int64 *size, int luck)
{
    if (write->size < 0) {
        if (rand() % 4 < luck)
            apply(image, size, write->offset, NULL, -1);
        return;
    }
    for (int done = 0; done < write->size;) {
        int n = SECTOR - (int)((write->offset + done) % SECTOR);
        if (n > write->size - done)
            n = write->size - done;
        if (rand() % 4 < luck)
            apply(image, size, write->offset + done, write->bytes + done, n);
        done += n;
    }
}

static void write_image(const char *folder, const struct tracked *file, const unsigned char *image, sqlite3_int64 size)
{
    char path[PATH_SIZE * 2];
    const char *name = strrchr(file->path, '/');
    snprintf(path, sizeof(path), "%s%s", folder, name ? name : file->path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, image, (size_t)size), size);
    close(fd);
}

void shim_cut_power(const char *folder, unsigned seed)
{
    srand(seed);
    int luck = rand() % 5; /* of four: nothing that is not synced comes through, up to all */
    for (struct tracked *file = files; file; file = file->next) {
        if (!file->exists)
            continue;
        sqlite3_int64 size = file->size;
        unsigned char *image = malloc((size_t)size + 1);
        assert_non_null(image);
        if (size)
            memcpy(image, file->certain, (size_t)size);
        for (const struct pending *write = file->first; write; write = write->next)
            apply_some(write, &image, &size, luck);
        write_image(folder, file, image, size);
        free(image);
    }
}

/* ---- SQLite's methods ---- */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

static int shim_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int shim_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    if (strikes((struct shim_file *)file, SHIM_READ_ERROR))
        return SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), out, n, offset);
}

static int shim_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    struct shim_file *self = (struct shim_file *)file;
    if (self->tracked)
        count_operation();
    if (strikes(self, SHIM_WRITE_FULL))
        return SQLITE_FULL;
    if (strikes(self, SHIM_WRITE_ERROR))
        return SQLITE_IOERR_WRITE;
    if (self->tracked)
        remember(self->tracked, offset, bytes, n);
    return self->real->pMethods->xWrite(self->real, bytes, n, offset);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct shim_file *self = (struct shim_file *)file;
    if (self->tracked) {
        count_operation();
        remember(self->tracked, size, NULL, -1);
    }
    return self->real->pMethods->xTruncate(self->real, size);
}

/* The real file is not synced: that the disk has it is this file's own bookkeeping. */
static int shim_sync(sqlite3_file *file, int flags)
{
    struct shim_file *self = (struct shim_file *)file;
    (void)flags;
    if (!self->tracked)
        return SQLITE_OK;
    count_operation();
    syncs++;
    if (strikes(self, SHIM_SYNC_ERROR))
        return SQLITE_IOERR_FSYNC;
    settle(self->tracked);
    return SQLITE_OK;
}

static int shim_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int shim_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int shim_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int shim_check_reserved(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int shim_control(sqlite3_file *file, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT)
        return SQLITE_OK; /* would grow the file behind our back */
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int shim_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int shim_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int shim_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int shim_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void shim_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int shim_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = shim_close,
    .xRead = shim_read,
    .xWrite = shim_write,
    .xTruncate = shim_truncate,
    .xSync = shim_sync,
    .xFileSize = shim_file_size,
    .xLock = shim_lock,
    .xUnlock = shim_unlock,
    .xCheckReservedLock = shim_check_reserved,
    .xFileControl = shim_control,
    .xSectorSize = shim_sector_size,
    .xDeviceCharacteristics = shim_characteristics,
    .xShmMap = shim_shm_map,
    .xShmLock = shim_shm_lock,
    .xShmBarrier = shim_shm_barrier,
    .xShmUnmap = shim_shm_unmap,
};

static int shim_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    struct shim_file *self = (struct shim_file *)file;
    (void)vfs;
    *self = (struct shim_file){ .real = (sqlite3_file *)(self + 1) };
    int rc = real_vfs->xOpen(real_vfs, path, self->real, flags, out_flags);
    if (rc != SQLITE_OK)
        return rc;
    self->base.pMethods = &methods;
    if (path && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL))) {
        self->tracked = track(path);
        self->tracked->exists = true;
    }
    return SQLITE_OK;
}

static int shim_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    for (struct tracked *file = files; file; file = file->next) {
        if (strcmp(file->path, path) == 0)
            forget(file);
    }
    return real_vfs->xDelete(real_vfs, path, sync);
}

void shim_install(void)
{
    real_vfs = sqlite3_vfs_find("unix");
    assert_non_null(real_vfs);
    shim = *real_vfs; /* everything but opening and deleting is the system's */
    shim.zName = "shim";
    shim.pNext = NULL;
    shim.szOsFile = (int)sizeof(struct shim_file) + real_vfs->szOsFile;
    shim.xOpen = shim_open;
    shim.xDelete = shim_delete;
    operations = syncs = 0;
    shim_heal();
    assert_int_equal(sqlite3_vfs_register(&shim, 1), SQLITE_OK);
}

void shim_remove(void)
{
    shim_hook(NULL, NULL);
    shim_heal();
    sqlite3_vfs_unregister(&shim);
    sqlite3_vfs_register(real_vfs, 1);
    while (files) {
        struct tracked *file = files;
        files = file->next;
        forget(file);
        free(file);
    }
}

void shim_hook(void (*hook)(unsigned operation, void *arg), void *arg)
{
    hook_fn = hook;
    hook_arg = arg;
    operations = 0;
}

void shim_fail(enum shim_fault fault, const char *suffix, int after, int times)
{
    broken.on = true;
    broken.fault = fault;
    broken.suffix = suffix;
    broken.after = after;
    broken.times = times;
    broken.struck = 0;
}

void shim_heal(void)
{
    broken.on = false;
}

unsigned shim_struck(void)
{
    return broken.struck;
}

unsigned shim_syncs(void)
{
    return syncs;
}
