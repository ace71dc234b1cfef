/* Records what a process writes to files below a folder, in order: LD_PRELOAD this library.

   Each record: kind (1 byte), offset, length of the data and length of the path (8 bytes each),
   the path, the data. Kinds: W a write, T a truncation to the offset, S a sync, U a removal. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void put(int log, const void *data, size_t length) {
    const char *from = data;
    while (length > 0) {
        long done = syscall(SYS_write, log, from, length);
        if (done <= 0) abort();
        from += done;
        length -= (size_t)done;
    }
}

static void record(char kind, const char *path, int64_t offset, const void *data, int64_t length) {
    static int log = -1;
    const char *folder = getenv("RECORDED_FOLDER"), *file = getenv("RECORD_FILE");
    if (!folder || !file || strncmp(path, folder, strlen(folder)) != 0) return;
    pthread_mutex_lock(&lock);
    if (log < 0) log = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (log < 0) abort();
    int64_t numbers[3] = {offset, length, (int64_t)strlen(path)};
    put(log, &kind, 1);
    put(log, numbers, sizeof numbers);
    put(log, path, strlen(path));
    if (length > 0) put(log, data, (size_t)length);
    pthread_mutex_unlock(&lock);
}

static void record_open(char kind, int fd, int64_t offset, const void *data, int64_t length) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return;
    path[size] = 0;
    record(kind, path, offset, data, length);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    ssize_t done = NEXT(pwrite)(fd, data, length, offset);
    if (done > 0) record_open('W', fd, offset, data, done);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    ssize_t done = NEXT(pwrite64)(fd, data, length, offset);
    if (done > 0) record_open('W', fd, offset, data, done);
    return done;
}

ssize_t write(int fd, const void *data, size_t length) {
    off_t offset = lseek(fd, 0, SEEK_CUR);
    ssize_t done = NEXT(write)(fd, data, length);
    if (done > 0 && offset >= 0) record_open('W', fd, offset, data, done);
    return done;
}

int ftruncate(int fd, off_t length) {
    int failed = NEXT(ftruncate)(fd, length);
    if (!failed) record_open('T', fd, length, NULL, 0);
    return failed;
}

int ftruncate64(int fd, off64_t length) {
    int failed = NEXT(ftruncate64)(fd, length);
    if (!failed) record_open('T', fd, length, NULL, 0);
    return failed;
}

int fsync(int fd) {
    int failed = NEXT(fsync)(fd);
    if (!failed) record_open('S', fd, 0, NULL, 0);
    return failed;
}

int fdatasync(int fd) {
    int failed = NEXT(fdatasync)(fd);
    if (!failed) record_open('S', fd, 0, NULL, 0);
    return failed;
}

int unlink(const char *path) {
    int failed = NEXT(unlink)(path);
    if (!failed) record('U', path, 0, NULL, 0);
    return failed;
}
