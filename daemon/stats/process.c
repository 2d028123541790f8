#include "base/log.h"
#include "stats/stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct timespec started;

static double read_resident_bytes(void *arg)
{
    (void)arg;
    char text[128] = "";
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        close(fd);
    unsigned long size, resident = 0;
    if (n <= 0 || sscanf(text, "%lu %lu", &size, &resident) != 2)
        return 0;
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* Linux 6.2 tells the number as the folder's size; before, each has to be looked at. */
static double read_open_files(void *arg)
{
    (void)arg;
    struct stat st;
    if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
        return (double)st.st_size;
    double n = 0;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return 0;
    while (readdir(folder))
        n++;
    closedir(folder);
    return n - 3; /* ".", ".." and the folder itself */
}

static double read_open_files_max(void *arg)
{
    (void)arg;
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (double)limit.rlim_cur : 0;
}

static double read_cpu_seconds(void *arg)
{
    (void)arg;
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double read_uptime_seconds(void *arg)
{
    (void)arg;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - started.tv_sec) + (double)(now.tv_nsec - started.tv_nsec) / 1e9;
}

static double read_log_dropped(void *arg)
{
    (void)arg;
    return (double)log_count_dropped();
}

void stats_open(void)
{
    static const struct {
        const char *family, *help;
        double (*read)(void *arg);
    } gauges[] = {
        { "process_resident_memory_bytes", "Resident memory of the daemon.", read_resident_bytes },
        { "process_open_fds", "File descriptors that are open.", read_open_files },
        { "process_max_fds", "File descriptors that may be open.", read_open_files_max },
        { "process_cpu_seconds", "Processor time that the daemon has used.", read_cpu_seconds },
        { "process_uptime_seconds", "Time since the daemon was started.", read_uptime_seconds },
        { "log_lines_dropped", "Lines of the log that were dropped since the start.", read_log_dropped },
    };
    clock_gettime(CLOCK_MONOTONIC, &started);
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        struct stat_metric metric = { .family = gauges[i].family, .help = gauges[i].help, .owner = &started };
        enum carillon_result result = stats_register_gauge(&metric, gauges[i].read, NULL);
        if (result != CARILLON_OK && result != CARILLON_EXISTS)
            log_warning("stats", "%s cannot be shown: %s", gauges[i].family, result_text(result));
    }
}
