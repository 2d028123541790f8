/*
 * Any text as a configuration file, checked against the daemon's real options. Its own budget keeps each run short.
 */
#include "base/arena.h"
#include "config/lines.h"
#include "config/units.h"
#include "config/vm.h"
#include "config/config.h"
#include "session/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void declare_once(void)
{
    static bool declared;
    if (!declared && (config_declare_daemon() != CARILLON_OK || session_declare_options() != CARILLON_OK))
        abort();
    declared = true;
}

static void check_path(void *arg, const char *path, int line)
{
    (void)arg;
    if (strlen(path) >= LINES_PATH_MAX || line < 1)
        abort();
}

/* A size or time that was understood can be written again and means the same. */
static void check_units(struct carillon_str text)
{
    char again[UNITS_TEXT_SIZE];
    int64_t value, second;
    if (units_parse_size(text, &value)) {
        units_format_size(value, again);
        if (!units_parse_size((struct carillon_str){ again, strlen(again) }, &second) || second != value)
            abort();
    }
    if (units_parse_duration(text, &value) && value < INT64_MAX / 1000) {
        units_format_duration(value, again);
        if (!units_parse_duration((struct carillon_str){ again, strlen(again) }, &second) || second != value)
            abort();
    }
}

static void load(const uint8_t *data, size_t size)
{
    char path[64];
    struct config *config;
    struct config_problems problems;
    int fd = memfd_create("carillon.lua", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct config_sources sources = { .file = path, .undeclared_sections = size % 2 };
    enum carillon_result result = config_load(&sources, &config, &problems);
    if ((result == CARILLON_OK) != (config && problems.count == 0))
        abort();
    if (config && !config_find(config, "listen"))
        abort();
    config_problems_free(&problems);
    config_unref(config);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    declare_once();
    lines_find((const char *)data, size, check_path, NULL);
    check_units((struct carillon_str){ (const char *)data, size });
    load(data, size);
    return 0;
}
