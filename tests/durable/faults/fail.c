/* Loaded before the C library: from the call of orchard_fail(at, times, error, syncs) on, the at-th write, sync or cut
   of a store's files below $ORCHARD_FAULT_DIR fails with that errno, and so do the times - 1 calls after it. With syncs
   set only syncs are counted, and fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 4096

static int watched[DESCRIPTORS];
static long calls, first, count;
static int reason, only_syncs;
static int (*real_open)(const char *, int, ...);

void orchard_fail(long at, long times, int error, int syncs) {
    calls = 0;
    first = at;
    count = times;
    reason = error;
    only_syncs = syncs;
}

static int fails(int fd, int sync) {
    if (!first || (only_syncs && !sync) || fd < 0 || fd >= DESCRIPTORS || !watched[fd])
        return 0;
    calls++;
    if (calls < first || calls >= first + count)
        return 0;
    errno = reason;
    return 1;
}

static int ends_with(const char *path, const char *end) {
    size_t length = strlen(path), wanted = strlen(end);
    return length >= wanted && !strcmp(path + length - wanted, end);
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        if (!real_open)                                                                                                \
            real_open = dlsym(RTLD_NEXT, "open64");                                                                    \
        const char *folder = getenv("ORCHARD_FAULT_DIR");                                                              \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        int mode = va_arg(rest, int);                                                                                  \
        va_end(rest);                                                                                                  \
        int fd = real_open(path, flags, mode);                                                                         \
        if (fd >= 0 && fd < DESCRIPTORS)                                                                               \
            watched[fd] = folder && !strncmp(path, folder, strlen(folder)) &&                                          \
                          (ends_with(path, ".db") || ends_with(path, "-wal"));                                         \
        return fd;                                                                                                     \
    }
OPEN(open)
OPEN(open64)

#define CALL(type, name, sync, parameters, arguments)                                                                  \
    type name parameters {                                                                                             \
        static type(*real) parameters;                                                                                 \
        if (!real)                                                                                                     \
            real = dlsym(RTLD_NEXT, #name);                                                                            \
        return fails(fd, sync) ? -1 : real arguments;                                                                  \
    }
CALL(ssize_t, pwrite64, 0, (int fd, const void *body, size_t length, off_t offset), (fd, body, length, offset))
CALL(int, fsync, 1, (int fd), (fd))
CALL(int, fdatasync, 1, (int fd), (fd))
CALL(int, ftruncate64, 0, (int fd, off_t length), (fd, length))
