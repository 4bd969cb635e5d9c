/*
 * The CNI executable: hands its CNI_* environment and standard input to the node agent's unix socket and prints the
 * agent's reply. It understands nothing of either, so all logic is the agent's (wire/frames.ts has the other side):
 *
 *   request  "MNX1", u32 length of the environment, u32 length of the input (big endian), environment ("K=V\0"...), input
 *   reply    u8 exit code, u32 length of the output (big endian), output
 *
 * Build: cc -Os -static -o manx pipe.c. MANX_CNI_SOCKET names another socket.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The agent gives up after 60 s and undoes what it did; this ends the caller's wait when even that answer is lost. */
#ifndef PATIENCE_SECONDS
#define PATIENCE_SECONDS 75
#endif

enum { MAX_ENVIRONMENT = 64 << 10, MAX_INPUT = 1 << 20, MAX_OUTPUT = 1 << 20, HEADER = 12 };
enum { TRY_AGAIN_LATER = 11, NOT_AVAILABLE = 50, INVALID_ENVIRONMENT = 4, IO_FAILURE = 5 };

extern char **environ;
static unsigned char request[HEADER + MAX_ENVIRONMENT + MAX_INPUT + 1];
static char output[MAX_OUTPUT];
static volatile sig_atomic_t printing;
static int unavailable = TRY_AGAIN_LATER;

static int write_all(int fd, const void *data, size_t length) {
  for (const char *at = data; length > 0;) {
    ssize_t written = write(fd, at, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return -1;
    at += written;
    length -= (size_t)written;
  }
  return 0;
}

/* Reads until the end or until `limit` bytes are there. */
static ssize_t read_all(int fd, void *data, size_t limit) {
  size_t length = 0;
  while (length < limit) {
    ssize_t got = read(fd, (char *)data + length, limit - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    length += (size_t)got;
  }
  return (ssize_t)length;
}

/* Prints a CNI error and ends. Called from the signal handler too: neither snprintf nor malloc here. The texts are ours,
 * so they need no escaping. */
static void fail(int code, const char *message, const char *details) {
  char digits[] = {(char)('0' + code / 10), (char)('0' + code % 10), 0};
  const char *parts[] = {"{\"cniVersion\":\"1.1.0\",\"code\":", code < 10 ? digits + 1 : digits,
                         ",\"msg\":\"", message, "\",\"details\":\"", details, "\"}\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) write_all(1, parts[i], strlen(parts[i]));
  _exit(1);
}

static void on_alarm(int signal) {
  (void)signal;
  if (printing) _exit(1);
  fail(unavailable, "the node agent did not answer in time", "see the logs of the manx-node pod of this node");
}

static size_t append_environment(unsigned char *to) {
  size_t length = 0;
  for (char **entry = environ; *entry; entry++) {
    if (strncmp(*entry, "CNI_", 4) != 0) continue;
    size_t size = strlen(*entry) + 1;
    if (size > MAX_ENVIRONMENT - length) fail(INVALID_ENVIRONMENT, "the CNI_ environment exceeds 64 KiB", "");
    memcpy(to + length, *entry, size);
    length += size;
  }
  return length;
}

static int connect_agent(void) {
  const char *path = getenv("MANX_CNI_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || !*path) path = "/run/manx/cni/cni.sock";
  if (strlen(path) >= sizeof address.sun_path) fail(INVALID_ENVIRONMENT, "MANX_CNI_SOCKET is too long", "");
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
    fail(unavailable, "the node agent is not running", strerror(errno));
  return fd;
}

int main(void) {
  const char *command = getenv("CNI_COMMAND");
  if (!command || !*command) fail(INVALID_ENVIRONMENT, "CNI_COMMAND is not set", "this program is a CNI plugin");
  if (strcmp(command, "VERSION") == 0) {
    static const char versions[] =
        "{\"cniVersion\":\"1.1.0\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n";
    return write_all(1, versions, sizeof versions - 1) == 0 ? 0 : 1;
  }
  if (strcmp(command, "STATUS") == 0) unavailable = NOT_AVAILABLE;

  /* The caller's mask and dispositions are inherited; the bound on everything below must not be. */
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
  signal(SIGALRM, on_alarm);
  signal(SIGPIPE, SIG_IGN);
  alarm(PATIENCE_SECONDS);

  size_t environment = append_environment(request + HEADER);
  ssize_t input = read_all(0, request + HEADER + environment, MAX_INPUT + 1);
  if (input < 0) fail(IO_FAILURE, "cannot read the configuration from standard input", strerror(errno));
  if (input > MAX_INPUT) fail(IO_FAILURE, "the configuration exceeds 1 MiB", "");
  uint32_t sizes[] = {htonl((uint32_t)environment), htonl((uint32_t)input)};
  memcpy(request, "MNX1", 4);
  memcpy(request + 4, sizes, sizeof sizes);

  int agent = connect_agent();
  /* A write may fail because the agent answered early and closed; its answer then says why. */
  int sent = write_all(agent, request, HEADER + environment + (size_t)input);
  unsigned char head[5];
  if (read_all(agent, head, sizeof head) != sizeof head)
    fail(unavailable, "the node agent ended before it answered", sent < 0 ? "the request was cut off" : "it may be restarting");
  uint32_t length;
  memcpy(&length, head + 1, sizeof length);
  length = ntohl(length);
  if (length > MAX_OUTPUT) fail(IO_FAILURE, "the node agent's answer exceeds 1 MiB", "");
  if (read_all(agent, output, length) != (ssize_t)length)
    fail(unavailable, "the node agent ended while it answered", "it may be restarting");
  printing = 1;
  if (write_all(1, output, length) < 0) return 1;
  return head[0];
}
