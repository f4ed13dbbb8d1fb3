/* What a disk holds after a power cut: on each fsync of a database file its content at that moment is
   copied aside. What was written and never synced is not in the copy. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void copy_aside(int fd) {
    const char *folder = getenv("MOOTHALL_TEST_SHADOW");
    char link[64], path[PATH_MAX], draft[PATH_MAX], final[PATH_MAX], block[65536];
    if (!folder) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return;
    path[length] = 0;
    if (!strstr(path, ".sqlite3")) return;
    const char *name = strrchr(path, '/');
    name = name ? name + 1 : path;
    snprintf(draft, sizeof draft, "%s/%s.%d.part", folder, name, getpid());
    snprintf(final, sizeof final, "%s/%s", folder, name);
    int from = open(path, O_RDONLY), to = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (from >= 0 && to >= 0) {
        ssize_t got;
        while ((got = read(from, block, sizeof block)) > 0)
            if (write(to, block, got) != got) break;
        rename(draft, final);
    }
    if (from >= 0) close(from);
    if (to >= 0) close(to);
}

int fsync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int done = real(fd);
    if (!done) copy_aside(fd);
    return done;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int done = real(fd);
    if (!done) copy_aside(fd);
    return done;
}
