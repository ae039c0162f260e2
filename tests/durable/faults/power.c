/* Loaded before the C library: records every write, sync, cut and removal of the files below $ORCHARD_FAULT_DIR (not of
   shared memory) in the file $ORCHARD_FAULT_LOG, in order. A record is packed: op, file number, offset, length, body.
   Ops: N a new file with its name, W write, S sync, T cut to the offset, U removed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 256
#define DESCRIPTORS 4096

static int recording = -2;
static const char *folder;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int file_of[DESCRIPTORS];
static char names[FILES][256];
static int known = 1;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);

static void begin(void) {
    if (recording != -2)
        return;
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    folder = getenv("ORCHARD_FAULT_DIR");
    const char *log = getenv("ORCHARD_FAULT_LOG");
    recording = folder && log ? real_open(log, O_CREAT | O_WRONLY | O_APPEND, 0600) : -1;
}

static void record(char op, int file, uint64_t offset, uint32_t length, const void *body) {
    struct __attribute__((packed)) {
        char op;
        uint8_t file;
        uint64_t offset;
        uint32_t length;
    } head = {op, (uint8_t)file, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)body, body ? length : 0}};
    pthread_mutex_lock(&mutex);
    if (writev(recording, parts, body ? 2 : 1) < 0)
        abort();
    pthread_mutex_unlock(&mutex);
}

static int file(int fd) { return fd >= 0 && fd < DESCRIPTORS && recording >= 0 ? file_of[fd] : 0; }

static void track(int fd, const char *path) {
    size_t length = strlen(path);
    if (fd < 0 || fd >= DESCRIPTORS || recording < 0)
        return;
    file_of[fd] = 0;
    if (strncmp(path, folder, strlen(folder)) || (length > 4 && !strcmp(path + length - 4, "-shm")))
        return;
    int number = 1;
    while (number < known && strcmp(names[number], path))
        number++;
    if (number == FILES)
        abort();
    if (number == known) {
        strncpy(names[known++], path, 255);
        record('N', number, 0, length, path);
    }
    file_of[fd] = number;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        begin();                                                                                                       \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        int mode = va_arg(rest, int);                                                                                  \
        va_end(rest);                                                                                                  \
        int fd = real_open(path, flags, mode);                                                                         \
        track(fd, path);                                                                                               \
        return fd;                                                                                                     \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    begin();
    if (fd >= 0 && fd < DESCRIPTORS)
        file_of[fd] = 0;
    return real_close(fd);
}

ssize_t pwrite64(int fd, const void *body, size_t length, off_t offset) {
    begin();
    ssize_t written = real_pwrite(fd, body, length, offset);
    if (written > 0 && file(fd))
        record('W', file(fd), offset, written, body);
    return written;
}

ssize_t pwrite(int fd, const void *body, size_t length, off_t offset) { return pwrite64(fd, body, length, offset); }

ssize_t write(int fd, const void *body, size_t length) {
    begin();
    if (!file(fd))
        return real_write(fd, body, length);
    ssize_t written = real_write(fd, body, length);
    if (written > 0)
        record('W', file(fd), lseek(fd, 0, SEEK_CUR) - written, written, body);
    return written;
}

int fsync(int fd) {
    begin();
    int failed = real_fsync(fd);
    if (!failed && file(fd))
        record('S', file(fd), 0, 0, NULL);
    return failed;
}

int fdatasync(int fd) {
    begin();
    int failed = real_fdatasync(fd);
    if (!failed && file(fd))
        record('S', file(fd), 0, 0, NULL);
    return failed;
}

int ftruncate64(int fd, off_t length) {
    begin();
    int failed = real_ftruncate(fd, length);
    if (!failed && file(fd))
        record('T', file(fd), length, 0, NULL);
    return failed;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int unlink(const char *path) {
    begin();
    int failed = real_unlink(path);
    for (int number = 1; !failed && recording >= 0 && number < known; number++)
        if (!strcmp(names[number], path))
            record('U', number, 0, 0, NULL);
    return failed;
}
