/*
 * Faults of a file system and of a clock, for one process and all its threads: LD_PRELOAD, Linux, 64 bits.
 *
 * KOSH_STRESS_CONTROL names a file that is mapped into memory; whoever writes to it changes what happens from then on (control-file.ts has the
 * same layout). Nothing is changed for a process without that variable.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct control {
  volatile int32_t no_locks;   /* POSIX locks and those of flock() are granted to everybody */
  volatile int32_t lock_errno; /* what fails under lock_path fails with this; 0: nothing fails */
  volatile int32_t full;       /* nothing under disk_path can grow */
  volatile uint32_t refused;   /* calls that failed because of the above */
  volatile int64_t clock_ms;   /* added to the time of day */
  volatile uint32_t granted;   /* locks that were granted without a look */
  volatile uint32_t told;      /* times of day that were told wrong */
  char lock_path[2048];
  char disk_path[2048];
};

static struct control *control;

__attribute__((constructor)) static void map_control(void) {
  const char *path = getenv("KOSH_STRESS_CONTROL");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = mapped;
  close(fd);
}

/* The function that this one stands before. */
#define NEXT(name)                   \
  static __typeof__(name) *next;     \
  if (!next) next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int is_under(const char *path, const char *top) { return *top && strncmp(path, top, strlen(top)) == 0; }

static int refuse(int number) {
  __atomic_fetch_add(&control->refused, 1, __ATOMIC_RELAXED);
  errno = number;
  return -1;
}

/* The error that a call on a path fails with, or 0. */
static int fault_at(const char *path, int makes) {
  if (!control || !path) return 0;
  if (control->lock_errno && is_under(path, control->lock_path)) return control->lock_errno;
  if (makes && control->full && is_under(path, control->disk_path)) return ENOSPC;
  return 0;
}

/* Whether the disk is full for a file that is to reach up to `end`: what has its blocks can be written over. */
static int is_full(int fd, off_t end) {
  char link[64], path[PATH_MAX];
  struct stat now;
  if (!control || !control->full) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_under(path, control->disk_path) && fstat(fd, &now) == 0 && end > now.st_size;
}

#define GUARD(path, makes)                             \
  do {                                                 \
    int fault = fault_at(path, makes);                 \
    if (fault) return refuse(fault);                   \
  } while (0)

int mkdir(const char *path, mode_t mode) { NEXT(mkdir); GUARD(path, 1); return next(path, mode); }
int rmdir(const char *path) { NEXT(rmdir); GUARD(path, 0); return next(path); }
int unlink(const char *path) { NEXT(unlink); GUARD(path, 0); return next(path); }
int unlinkat(int at, const char *path, int flags) { NEXT(unlinkat); GUARD(path, 0); return next(at, path, flags); }
int rename(const char *from, const char *to) { NEXT(rename); GUARD(from, 0); GUARD(to, 0); return next(from, to); }
int link(const char *from, const char *to) { NEXT(link); GUARD(to, 1); return next(from, to); }
int utimensat(int at, const char *path, const struct timespec times[2], int flags) {
  NEXT(utimensat);
  GUARD(path, 0);
  return next(at, path, times, flags);
}

static int makes_file(const char *path, int flags) { return (flags & O_CREAT) && access(path, F_OK) != 0; }

#define MODE_OF(flags)                                   \
  mode_t mode = 0;                                       \
  if ((flags) & (O_CREAT | __O_TMPFILE)) {               \
    va_list rest;                                        \
    va_start(rest, flags);                               \
    mode = va_arg(rest, mode_t);                         \
    va_end(rest);                                        \
  }

int open(const char *path, int flags, ...) {
  MODE_OF(flags)
  NEXT(open);
  if (control) GUARD(path, makes_file(path, flags));
  return next(path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
  MODE_OF(flags)
  NEXT(openat);
  if (control) GUARD(path, makes_file(path, flags));
  return next(at, path, flags, mode);
}

ssize_t write(int fd, const void *from, size_t size) {
  NEXT(write);
  if (control && control->full) {
    off_t at = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    if (at >= 0 && is_full(fd, at + (off_t)size)) return refuse(ENOSPC);
  }
  return next(fd, from, size);
}
ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  NEXT(pwrite);
  if (is_full(fd, at + (off_t)size)) return refuse(ENOSPC);
  return next(fd, from, size, at);
}
int ftruncate(int fd, off_t size) {
  NEXT(ftruncate);
  if (is_full(fd, size)) return refuse(ENOSPC);
  return next(fd, size);
}
int fallocate(int fd, int mode, off_t at, off_t size) {
  NEXT(fallocate);
  if (is_full(fd, at + size)) return refuse(ENOSPC);
  return next(fd, mode, at, size);
}
int posix_fallocate(int fd, off_t at, off_t size) {
  NEXT(posix_fallocate);
  if (is_full(fd, at + size)) return refuse(ENOSPC), ENOSPC;
  return next(fd, at, size);
}

static int grant(void) {
  __atomic_fetch_add(&control->granted, 1, __ATOMIC_RELAXED);
  return 0;
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  NEXT(fcntl);
  if (!control || !control->no_locks) return next(fd, command, argument);
  switch (command) {
    case F_GETLK:
    case F_OFD_GETLK:
      ((struct flock *)argument)->l_type = F_UNLCK;
      return grant();
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
      return grant();
    default:
      return next(fd, command, argument);
  }
}
int flock(int fd, int operation) {
  NEXT(flock);
  return control && control->no_locks ? grant() : next(fd, operation);
}

static int64_t shift_ms(void) {
  int64_t shift = control ? control->clock_ms : 0;
  if (shift) __atomic_fetch_add(&control->told, 1, __ATOMIC_RELAXED);
  return shift;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  NEXT(clock_gettime);
  int result = next(clock, now);
  /* Whole seconds only, so that no carry is needed. */
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift_ms() / 1000;
  return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  NEXT(gettimeofday);
  int result = next(now, zone);
  if (result == 0) now->tv_sec += shift_ms() / 1000;
  return result;
}
time_t time(time_t *into) {
  NEXT(time);
  time_t now = next(NULL) + shift_ms() / 1000;
  if (into) *into = now;
  return now;
}

/* The names that the same functions have with large files: on 64 bits they are the same. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char *path, int flags, ...) __attribute__((alias("openat")));
int fcntl64(int fd, int command, ...) __attribute__((alias("fcntl")));
ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) __attribute__((alias("pwrite")));
int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));
int fallocate64(int fd, int mode, off64_t at, off64_t size) __attribute__((alias("fallocate")));
int posix_fallocate64(int fd, off64_t at, off64_t size) __attribute__((alias("posix_fallocate")));
