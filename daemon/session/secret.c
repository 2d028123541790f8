#include "session/secret.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned char secret[SECRET_BYTES];

static bool write_new(int fd)
{
    unsigned char bytes[SECRET_BYTES];
    bool good = RAND_bytes(bytes, sizeof bytes) == 1 && write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes &&
                fsync(fd) == 0;
    OPENSSL_cleanse(bytes, sizeof bytes);
    return good;
}

static void sync_folder(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        return;
    slash[slash == folder] = '\0';
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* Whole or not at all, and never over a file that is there: tokens out there were signed with it. */
static bool make_file(const char *path)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return false;
    int fd = mkostemp(temporary, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        log_error("session", "cannot make %s: %s", path, strerror(errno));
        return false;
    }
    bool good = write_new(fd) && (link(temporary, path) == 0 || errno == EEXIST);
    if (!good)
        log_error("session", "cannot write %s: %s", path, strerror(errno));
    close(fd);
    unlink(temporary);
    sync_folder(path);
    return good;
}

static const char *read_file(int fd)
{
    struct stat about;
    unsigned char more;
    if (fstat(fd, &about) != 0)
        return strerror(errno);
    if (!S_ISREG(about.st_mode))
        return "it is not a regular file";
    if (about.st_mode & (S_IRWXG | S_IRWXO))
        return "others may read it: chmod 600 it, and make a new one if somebody may have";
    if (read(fd, secret, sizeof secret) != (ssize_t)sizeof secret || read(fd, &more, 1) != 0)
        return "it does not hold exactly 32 bytes: restore it, or remove it to make all tokens out there invalid";
    return NULL;
}

enum carillon_result secret_open(const char *path)
{
    if (access(path, F_OK) != 0 && errno == ENOENT && !make_file(path))
        return CARILLON_UNAVAILABLE;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const char *problem = fd < 0 ? strerror(errno) : read_file(fd);
    if (fd >= 0)
        close(fd);
    if (problem)
        log_error("session", "cannot use the key file %s: %s", path, problem);
    return problem ? CARILLON_UNAVAILABLE : CARILLON_OK;
}

void secret_close(void)
{
    OPENSSL_cleanse(secret, sizeof secret);
}

void secret_derive(const char *label, unsigned char key[SECRET_BYTES])
{
    secret_mac(secret, label, strlen(label), key);
}

bool secret_mac(const unsigned char key[SECRET_BYTES], const void *bytes, size_t len, unsigned char mac[SECRET_BYTES])
{
    unsigned mac_len;
    return HMAC(EVP_sha256(), key, SECRET_BYTES, bytes, len, mac, &mac_len) != NULL;
}
