#include "config/check.h"
#include "config/merge.h"
#include "config/sections.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bounds keep a wrong path (a device, a database) from filling memory. */
enum { ARENA_MAX = 64 << 20, FILE_MAX = 4 << 20 };

struct loader {
    struct carillon_arena *arena;
    struct config_problems *problems;
    const struct config_sources *sources;
    struct carillon_option *options;
    size_t option_count;
    struct vm *vm;
    struct node *merged;
    bool no_memory;
};

/* ---- files ---- */

static bool read_bytes(int fd, struct loader *loader, const char *name, struct carillon_str *text)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
        problems_add(loader->problems, name, 0, "is no file of at most 4 MB");
        return false;
    }
    char *bytes = arena_alloc(loader->arena, (size_t)st.st_size + 1);
    size_t len = 0;
    ssize_t n = 1;
    while (bytes && len < (size_t)st.st_size && (n = read(fd, bytes + len, (size_t)st.st_size - len)) > 0)
        len += (size_t)n;
    loader->no_memory |= !bytes;
    if (n < 0)
        problems_add(loader->problems, name, 0, "cannot be read: %s", strerror(errno));
    *text = (struct carillon_str){ bytes, len };
    return bytes && n >= 0;
}

static bool read_text(struct loader *loader, const char *name, struct carillon_str *text)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        problems_add(loader->problems, name, 0, "cannot be opened: %s", strerror(errno));
        return false;
    }
    bool done = read_bytes(fd, loader, name, text);
    close(fd);
    return done;
}

static void merge(struct loader *loader, const struct node *over)
{
    if (!merge_fields(loader->arena, loader->merged, over, loader->options, loader->option_count))
        loader->no_memory = true;
}

static void load_file(struct loader *loader, const char *name)
{
    struct carillon_str text, kept = arena_str(loader->arena, (struct carillon_str){ name, strlen(name) });
    char error[VM_ERROR_SIZE];
    int line;
    loader->no_memory |= !kept.ptr;
    if (!kept.ptr || !read_text(loader, kept.ptr, &text))
        return;
    struct node *set = vm_run(loader->vm, kept.ptr, text.ptr, text.len, error, &line);
    if (set)
        merge(loader, set);
    else
        problems_add(loader->problems, kept.ptr, line, "%s", error);
}

/* glob() gives them in the order of their names. */
static void load_folder(struct loader *loader, const char *main_file)
{
    const char *slash = strrchr(main_file, '/');
    char pattern[4096];
    int len = snprintf(pattern, sizeof pattern, "%.*sconf.d/*.lua", slash ? (int)(slash - main_file + 1) : 0,
                       main_file);
    if (len < 0 || (size_t)len >= sizeof pattern)
        return;
    glob_t found;
    int result = glob(pattern, GLOB_ERR, NULL, &found);
    if (result == GLOB_ABORTED && errno != ENOENT && errno != ENOTDIR)
        problems_add(loader->problems, pattern, 0, "the folder cannot be read: %s", strerror(errno));
    else if (result == GLOB_NOSPACE)
        loader->no_memory = true;
    for (size_t i = 0; result == 0 && i < found.gl_pathc; i++)
        load_file(loader, found.gl_pathv[i]);
    if (result == 0)
        globfree(&found);
}

static void load_files(struct loader *loader)
{
    static const char standard[] = CARILLON_CONFIG_FILE;
    const char *file = loader->sources->file ? loader->sources->file : standard;
    if (loader->sources->file || access(standard, F_OK) == 0 || errno != ENOENT)
        load_file(loader, file);
    load_folder(loader, file);
}

/* ---- --set ---- */

/* The option at a dotted path; NULL: there is none, or it is not declared (yet). Below a map comes any name. */
static const struct carillon_option *find_option(const struct loader *loader, const char *const *steps, size_t n)
{
    const struct carillon_option *fields = loader->options, *option = NULL;
    size_t count = loader->option_count;
    for (size_t i = 0; i < n; i++) {
        if (option && option->type == CARILLON_OPTION_MAP && ++i == n)
            return NULL;
        option = option_find(fields, count, steps[i]);
        if (!option)
            return NULL;
        fields = option->fields;
        count = option->field_count;
    }
    return option;
}

static bool is_text(const struct carillon_option *option)
{
    return option && (option->type == CARILLON_OPTION_STRING || option->type == CARILLON_OPTION_PATH ||
                      option->type == CARILLON_OPTION_CHOICE || option->type == CARILLON_OPTION_SECRET);
}

/* Wraps a value into tables, from the last step to the first. */
static struct node *wrap(struct loader *loader, struct node *value, const char *const *steps, size_t n)
{
    while (n-- > 0) {
        struct node *table = arena_alloc(loader->arena, sizeof *table);
        struct node **items = arena_alloc(loader->arena, sizeof(struct node *));
        if (!table || !items)
            return NULL;
        value->key = steps[n];
        items[0] = value;
        *table = (struct node){ .kind = NODE_TABLE, .file = value->file, .items = items, .count = 1 };
        value = table;
    }
    return value;
}

/* How many names it has; 0: too many, or an empty one. */
static size_t split_path(char *path, const char **steps, size_t max)
{
    size_t n = 0;
    for (char *step; (step = strsep(&path, ".")) != NULL;) {
        if (!*step || n == max)
            return 0;
        steps[n++] = step;
    }
    return n;
}

static void load_setting(struct loader *loader, const char *setting)
{
    enum { STEPS_MAX = 8 };
    const char *steps[STEPS_MAX];
    size_t name_len = strcspn(setting, "=");
    struct carillon_str path = arena_str(loader->arena, (struct carillon_str){ setting, name_len });
    struct carillon_str file = arena_printf(loader->arena, "--set %.*s", (int)name_len, setting);
    loader->no_memory |= !path.ptr || !file.ptr;
    if (loader->no_memory)
        return;
    size_t n = split_path((char *)(uintptr_t)path.ptr, steps, STEPS_MAX);
    if (!n || !setting[name_len]) {
        problems_add(loader->problems, "--set", 0, "needs NAME=VALUE, such as log.level=debug");
        return;
    }
    const char *after = setting + name_len + 1;
    struct carillon_str text = arena_str(loader->arena, (struct carillon_str){ after, strlen(after) });
    if (!text.ptr) {
        loader->no_memory = true;
        return;
    }
    struct node *value = vm_evaluate(loader->vm, file.ptr, text.ptr), *whole = NULL;
    if (value && value->kind != NODE_STRING && value->kind != NODE_TABLE && is_text(find_option(loader, steps, n))) {
        value->kind = NODE_STRING; /* 8080 and true are strings where a string is meant */
        value->string = text;
    }
    if (value)
        whole = wrap(loader, value, steps, n);
    if (whole)
        merge(loader, whole);
    else
        loader->no_memory = true;
}

/* ---- all of it ---- */

/* The folder at which relative PATHs start must be known before any of them is looked at. */
static const char *find_state_dir(struct loader *loader, struct check *check)
{
    const char *name = loader->sources->state_dir ? loader->sources->state_dir : CARILLON_STATE_DIR;
    const struct node *node = node_find(loader->merged, "state_dir");
    if (!loader->sources->state_dir && node && node->kind == NODE_STRING && node->string.len)
        name = node->string.ptr;
    char here[4096];
    if (name[0] == '/' || !getcwd(here, sizeof here))
        return name;
    const char *whole = arena_printf(check->arena, "%s/%s", here, name).ptr;
    check->failed |= !whole;
    return whole ? whole : name;
}

static void override_state_dir(struct loader *loader, const char *state_dir)
{
    const struct carillon_option *option = option_find(loader->options, loader->option_count, "state_dir");
    struct node *value = arena_alloc(loader->arena, sizeof *value);
    const char *steps[] = { "state_dir" };
    if (!option || !value)
        return;
    *value = (struct node){ .kind = NODE_STRING, .file = "state_dir", .string = { state_dir, strlen(state_dir) } };
    struct node *whole = wrap(loader, value, steps, 1);
    if (whole)
        merge(loader, whole);
}

static struct config_value *check_all(struct loader *loader)
{
    struct check check = {
        .arena = loader->arena,
        .problems = loader->problems,
        .vm = loader->vm,
        .undeclared_sections = loader->sources->undeclared_sections,
    };
    check.state_dir = find_state_dir(loader, &check);
    const struct node *own = node_find(loader->merged, "state_dir");
    if (loader->sources->state_dir || !own || (own->kind == NODE_STRING && own->string.len))
        override_state_dir(loader, check.state_dir);
    struct config_value *root = check_fields(&check, loader->merged, loader->options, loader->option_count, "");
    loader->no_memory |= check.failed || !root;
    return root;
}

static bool prepare(struct loader *loader)
{
    loader->merged = arena_alloc(loader->arena, sizeof *loader->merged);
    loader->options = sections_flatten(loader->arena, &loader->option_count);
    if (!loader->merged || !loader->options)
        return false;
    loader->merged->kind = NODE_TABLE;
    struct vm_options options = { loader->options, loader->option_count, loader->sources->undeclared_sections };
    loader->vm = vm_new(&options, loader->arena);
    return loader->vm != NULL;
}

static struct config_value *load_all(struct loader *loader)
{
    if (!prepare(loader)) {
        loader->no_memory = true;
        return NULL;
    }
    load_files(loader);
    for (size_t i = 0; i < loader->sources->setting_count; i++)
        load_setting(loader, loader->sources->settings[i]);
    struct config_value *root = loader->no_memory ? NULL : check_all(loader);
    vm_free(loader->vm);
    return root;
}

enum carillon_result config_load(const struct config_sources *sources, struct config **config,
                                 struct config_problems *problems)
{
    *config = NULL;
    *problems = (struct config_problems){ 0 };
    struct carillon_arena *arena = arena_new(ARENA_MAX);
    struct config *made = arena ? arena_alloc(arena, sizeof *made) : NULL;
    struct loader loader = { .arena = arena, .problems = problems, .sources = sources, .no_memory = !made };
    struct config_value *root = made ? load_all(&loader) : NULL;
    if (loader.no_memory)
        problems_add(problems, NULL, 0, "the configuration does not fit into memory");
    if (problems->count || !root) {
        arena_free(arena);
        return loader.no_memory ? CARILLON_NO_MEMORY : CARILLON_INVALID;
    }
    made->arena = arena;
    made->root = root;
    atomic_init(&made->references, 1);
    *config = made;
    return CARILLON_OK;
}
