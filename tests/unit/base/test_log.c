#include "base/log.h"
#include "base/log_line.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

static int real_stderr;

/* Puts fd in stderr's place. */
static void begin_capture(int fd)
{
    fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
}

static void end_capture(void)
{
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    log_configure(CARILLON_LOG_INFO, LOG_FORMAT_LINE, LOG_BURST);
}

static size_t read_all(int fd, char *out, size_t room)
{
    size_t len = 0;
    ssize_t n;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (len < room - 1 && (n = read(fd, out + len, room - 1 - len)) > 0)
        len += (size_t)n;
    out[len] = '\0';
    return len;
}

static const char *format_line(enum log_shape shape, struct carillon_str text)
{
    static char line[LOG_LINE_MAX + 1];
    size_t len = log_line_format(line, LOG_LINE_MAX, shape, CARILLON_LOG_WARNING, INT64_C(1795671631123), "listener",
                                 text);
    assert_true(len <= LOG_LINE_MAX && line[len - 1] == '\n');
    line[len] = '\0';
    return line;
}

static void format_lines(void **state)
{
    (void)state;
    struct carillon_str text = CARILLON_STR("bound \"x\"");
    assert_string_equal(format_line(LOG_SHAPE_PLAIN, text), "2026-11-26T05:40:31.123Z warning listener: bound \"x\"\n");
    assert_string_equal(format_line(LOG_SHAPE_JOURNAL, text), "<4>listener: bound \"x\"\n");
    assert_string_equal(format_line(LOG_SHAPE_JSON, text),
                        "{\"time\":\"2026-11-26T05:40:31.123Z\",\"level\":\"warning\",\"module\":\"listener\","
                        "\"message\":\"bound \\\"x\\\"\"}\n");
}

static void escape_what_could_forge_a_line(void **state)
{
    (void)state;
    struct carillon_str text = CARILLON_STR("a\n<3>b\r\x1b[2J\xc2\x9b\xff caf\xc3\xa9 \xe2\x82");
    assert_string_equal(format_line(LOG_SHAPE_JOURNAL, text),
                        "<4>listener: a\\n<3>b\\x0d\\x1b[2J\\xc2\\x9b\\xff caf\xc3\xa9 \\xe2\\x82\n");
    const char *line = format_line(LOG_SHAPE_JSON, text);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *json = json_loads(line, 0, NULL);
    assert_non_null(json);
    assert_string_equal(json_string_value(json_object_get(json, "message")),
                        "a\n<3>b\r\x1b[2J\xc2\x9b\xef\xbf\xbd caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd");
    json_decref(json);
}

static void cut_long_lines(void **state)
{
    (void)state;
    char text[9000];
    for (size_t i = 0; i + 2 <= sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    for (int shape = LOG_SHAPE_PLAIN; shape <= LOG_SHAPE_JSON; shape++)
        for (size_t len = 4000; len < 4200; len++) {
            const char *line = format_line((enum log_shape)shape, (struct carillon_str){ text, len & ~(size_t)1 });
            assert_true(utf8_is_valid(line, strlen(line)));
            if (shape == LOG_SHAPE_JSON)
                assert_string_equal(line + strlen(line) - 3, "\"}\n");
        }
    assert_non_null(strstr(format_line(LOG_SHAPE_PLAIN, (struct carillon_str){ text, sizeof text }), "...\n"));
}

static void respect_the_level(void **state)
{
    (void)state;
    int fds[2];
    char out[4096];
    assert_int_equal(pipe(fds), 0);
    begin_capture(fds[1]);
    log_configure(CARILLON_LOG_NOTICE, LOG_FORMAT_LINE, LOG_BURST);
    int evaluated = 0;
    log_info("test", "hidden %d", ++evaluated);
    log_debug("test", "hidden %d", ++evaluated);
    log_notice("test", "shown %d", 1);
    errno = ENOSPC;
    log_error("test", "%m");
    bool kept = errno == ENOSPC, enabled = log_enabled(CARILLON_LOG_INFO);
    end_capture();
    read_all(fds[0], out, sizeof out);
    assert_null(strstr(out, "hidden"));
    assert_non_null(strstr(out, " notice test: shown 1\n"));
    assert_non_null(strstr(out, " error test: No space left on device\n"));
    assert_true(kept);
    assert_false(enabled);
    assert_int_equal(evaluated, 1); /* debug's arguments were not */
    close(fds[0]);
    close(fds[1]);
}

static void know_the_journal(void **state)
{
    (void)state;
    int fds[2];
    char out[4096], stream[64];
    struct stat st;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    assert_int_equal(fstat(fds[1], &st), 0);
    snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    begin_capture(fds[1]);
    log_configure(CARILLON_LOG_INFO, LOG_FORMAT_LINE, LOG_BURST);
    log_warning("test", "to the journal");
    unsetenv("JOURNAL_STREAM");
    end_capture();
    read_all(fds[0], out, sizeof out);
    assert_string_equal(out, "<4>test: to the journal\n");
    close(fds[0]);
    close(fds[1]);
}

/* Fills stderr; returns what came out when it was read again, with how many were lost. */
static void fill_and_check(int reader, int writer)
{
    enum { LINES = 600, SIZE = 2000 };
    static char out[LINES * (SIZE + 200)], filler[SIZE];
    memset(filler, 'x', sizeof filler - 1);
    uint64_t before = log_count_dropped();
    begin_capture(writer);
    log_configure(CARILLON_LOG_DEBUG, LOG_FORMAT_LINE, LOG_BURST);
    for (int i = 0; i < LINES; i++)
        log_debug("test", "%s", filler); /* debug: not held back by the allowance */
    uint64_t lost = log_count_dropped() - before;
    size_t len = read_all(reader, out, sizeof out);
    log_notice("test", "through again");
    char rest[4096], told[64];
    read_all(reader, rest, sizeof rest);
    end_capture();
    assert_true(lost > 0 && lost < LINES);
    size_t lines = 0;
    for (char *p = out; p < out + len; p = strchr(p, '\n') + 1, lines++)
        assert_int_equal(strcspn(p, "\n"), strcspn(out, "\n")); /* none torn */
    assert_int_equal(lines, LINES - lost);
    snprintf(told, sizeof told, "warning log: %ju lines were dropped", (uintmax_t)lost);
    assert_non_null(strstr(rest, told));
    assert_non_null(strstr(rest, "through again"));
}

static void never_wait_for_a_full_pipe(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    fill_and_check(fds[0], fds[1]);
    close(fds[0]);
    close(fds[1]);
}

static void never_wait_for_a_full_socket(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    fill_and_check(fds[0], fds[1]);
    close(fds[0]);
    close(fds[1]);
}

static void hold_back_a_flood(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    uint64_t before = log_count_dropped();
    begin_capture(fileno(file));
    log_configure(CARILLON_LOG_INFO, LOG_FORMAT_LINE, LOG_BURST);
    for (int i = 0; i < 5 * LOG_BURST; i++)
        log_warning("test", "client %d sends nonsense", i);
    log_notice("test", "another place");
    end_capture();
    uint64_t lost = log_count_dropped() - before;
    static char out[LOG_BURST * 5 * 100];
    rewind(file);
    size_t len = fread(out, 1, sizeof out - 1, file);
    out[len] = '\0';
    fclose(file);
    /* The second may turn under way, twice at worst. */
    assert_true(lost >= 2 * LOG_BURST && lost <= 4 * LOG_BURST);
    assert_non_null(strstr(out, "another place"));
    assert_non_null(strstr(out, "lines were dropped"));
}

static void let_a_longer_burst_pass(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    uint64_t before = log_count_dropped();
    begin_capture(fileno(file));
    log_configure(CARILLON_LOG_INFO, LOG_FORMAT_LINE, 5 * LOG_BURST);
    for (int i = 0; i < 5 * LOG_BURST; i++)
        log_warning("test", "line %d of a talkative place", i);
    end_capture();
    fclose(file);
    assert_int_equal(log_count_dropped() - before, 0);
}

enum { THREADS = 4, EACH = 500 };

static void *write_many(void *arg)
{
    for (int i = 0; i < EACH; i++)
        log_debug("test", "thread %d line %d end", *(int *)arg, i);
    return NULL;
}

static void tear_no_line(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    pthread_t threads[THREADS];
    int ids[THREADS];
    begin_capture(fileno(file));
    log_configure(CARILLON_LOG_DEBUG, LOG_FORMAT_JSON, LOG_BURST);
    for (int i = 0; i < THREADS; i++) {
        ids[i] = i;
        pthread_create(&threads[i], NULL, write_many, &ids[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    end_capture();
    char line[512];
    int next[THREADS] = { 0 };
    rewind(file);
    while (fgets(line, sizeof line, file)) {
        int thread, i;
        json_t *json = json_loads(line, 0, NULL);
        assert_non_null(json);
        assert_int_equal(
            sscanf(json_string_value(json_object_get(json, "message")), "thread %d line %d end", &thread, &i), 2);
        assert_int_equal(i, next[thread]++);
        json_decref(json);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(next[i], EACH);
    fclose(file);
}

static void redact_secrets(void **state)
{
    (void)state;
    char out[LOG_REDACTED_SIZE];
    assert_string_equal(log_redact(CARILLON_STR("hunter2"), out), "... (7 bytes)");
    assert_string_equal(log_redact(CARILLON_STR("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"), out),
                        "eyJh... (41 bytes)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(format_lines),
        cmocka_unit_test(escape_what_could_forge_a_line),
        cmocka_unit_test(cut_long_lines),
        cmocka_unit_test(respect_the_level),
        cmocka_unit_test(know_the_journal),
        cmocka_unit_test(never_wait_for_a_full_pipe),
        cmocka_unit_test(never_wait_for_a_full_socket),
        cmocka_unit_test(hold_back_a_flood),
        cmocka_unit_test(let_a_longer_burst_pass),
        cmocka_unit_test(tear_no_line),
        cmocka_unit_test(redact_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
