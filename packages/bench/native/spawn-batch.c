/*
 * Runs programs, all of a batch at once, and says how long each took from its start to its end: Node needs milliseconds to
 * start a process, which is what is measured here.
 *
 * Each line of standard input is a batch: paths of jobs with one space between. A job is three files: PATH.env has the
 * program with its arguments, separated by tabs, and then its environment, one line each; PATH.in becomes its standard input;
 * PATH.out receives its output.
 * Answers each batch by a line: the nanoseconds of the whole batch, then " EXIT:NANOSECONDS" per job in order.
 */
#define _GNU_SOURCE
#include "namespace.h"

#include <spawn.h>
#include <sys/wait.h>

enum { MAX_JOBS = 1024, MAX_VARIABLES = 64, MAX_ARGUMENTS = 16 };

struct job {
  char *text;
  char *arguments[MAX_ARGUMENTS + 1];
  char *environment[MAX_VARIABLES + 1];
  int input, output, status;
  pid_t pid;
  uint64_t started, ended;
};

static struct job jobs[MAX_JOBS];

static char *path_of(const char *path, const char *suffix) {
  char *joined;
  if (asprintf(&joined, "%s%s", path, suffix) < 0) die("asprintf");
  return joined;
}

static int open_file(const char *path, const char *suffix, int flags) {
  char *joined = path_of(path, suffix);
  int fd = open(joined, flags | O_CLOEXEC, 0600);
  if (fd < 0) die(joined);
  free(joined);
  return fd;
}

static void split(char *text, const char *separator, char **parts, int limit) {
  int count = 0;
  for (char *part; count < limit && (part = strsep(&text, separator)) != NULL;) {
    if (*part != 0) parts[count++] = part;
  }
  parts[count] = NULL;
}

/* Everything that is not the start itself, before the clock runs. */
static void prepare(struct job *job, const char *path) {
  char buffer[65536];
  int fd = open_file(path, ".env", O_RDONLY);
  ssize_t length = read(fd, buffer, sizeof buffer - 1);
  close(fd);
  if (length <= 0) die(path);
  buffer[length] = 0;
  job->text = strdup(buffer);
  char *rest = job->text, *command = strsep(&rest, "\n");
  split(command, "\t", job->arguments, MAX_ARGUMENTS);
  split(rest, "\n", job->environment, MAX_VARIABLES);
  job->input = open_file(path, ".in", O_RDONLY);
  job->output = open_file(path, ".out", O_WRONLY | O_CREAT | O_TRUNC);
}

static void start(struct job *job) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, job->input, 0);
  posix_spawn_file_actions_adddup2(&actions, job->output, 1);
  job->started = now_ns();
  int error = posix_spawn(&job->pid, job->arguments[0], &actions, NULL, job->arguments, job->environment);
  if (error != 0) {
    errno = error;
    die(job->arguments[0]);
  }
  posix_spawn_file_actions_destroy(&actions);
}

static void reap(int count) {
  for (int left = count; left > 0;) {
    int status;
    pid_t pid = wait(&status);
    uint64_t ended = now_ns();
    if (pid < 0) die("wait");
    for (int i = 0; i < count; i++) {
      if (jobs[i].pid != pid) continue;
      jobs[i].ended = ended;
      jobs[i].status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      jobs[i].pid = 0;
      left--;
    }
  }
}

int main(void) {
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, stdin) > 0) {
    line[strcspn(line, "\n")] = 0;
    int count = 0;
    for (char *rest = line, *path; (path = strsep(&rest, " ")) != NULL && count < MAX_JOBS;) {
      if (*path != 0) prepare(&jobs[count++], path);
    }
    uint64_t began = now_ns();
    for (int i = 0; i < count; i++) start(&jobs[i]);
    reap(count);
    uint64_t ended = began;
    for (int i = 0; i < count; i++) {
      if (jobs[i].ended > ended) ended = jobs[i].ended;
      close(jobs[i].input);
      close(jobs[i].output);
      free(jobs[i].text);
    }
    printf("%llu", (unsigned long long)(ended - began));
    for (int i = 0; i < count; i++) {
      printf(" %d:%llu", jobs[i].status, (unsigned long long)(jobs[i].ended - jobs[i].started));
    }
    printf("\n");
    fflush(stdout);
  }
  return 0;
}
