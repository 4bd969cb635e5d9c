/*
 * Both ends of the throughput benchmark. Node spends more on a packet than the kernel does, so that a difference between
 * rule sets would drown in it.
 *
 *   net-load serve PORT                       TCP and UDP, one client at a time, until it is killed; prints "ready"
 *   net-load stream ADDRESS PORT SECONDS      one TCP stream, as fast as it goes
 *   net-load tcp-round ADDRESS PORT SECONDS   one byte there and back over one TCP connection
 *   net-load udp-round ADDRESS PORT SECONDS   the same by UDP
 *   net-load connect ADDRESS PORT SECONDS     a new TCP connection for each byte there and back
 *
 * A client prints {"count", "seconds", "p50", "p99"}: bytes or rounds, and the nanoseconds of a round.
 */
#define _GNU_SOURCE
#include "namespace.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { CHUNK = 1 << 17, MAX_ROUNDS = 1 << 22 };
enum { SINK = 's', ECHO = 'e' };

static char chunk[CHUNK];
static uint32_t rounds[MAX_ROUNDS];

static int open_socket(int type) {
  int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  return fd;
}

static struct sockaddr_in address_of(const char *text, const char *port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
  if (text != NULL && inet_pton(AF_INET, text, &address.sin_addr) != 1) die(text);
  return address;
}

static void no_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

__attribute__((noreturn)) static void serve_udp(const struct sockaddr_in *self) {
  int fd = open_socket(SOCK_DGRAM);
  if (bind(fd, (const struct sockaddr *)self, sizeof *self) != 0) die("bind udp");
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t got = recvfrom(fd, chunk, sizeof chunk, 0, (struct sockaddr *)&peer, &length);
    if (got >= 0) (void)!sendto(fd, chunk, (size_t)got, 0, (struct sockaddr *)&peer, length);
  }
}

/* The first byte says what the client wants; it ends the connection, so that no port of this side has to wait. */
static void serve_client(int fd) {
  no_delay(fd);
  if (recv(fd, chunk, 1, 0) != 1) return;
  if (chunk[0] == SINK) {
    while (recv(fd, chunk, CHUNK, 0) > 0) {
    }
    return;
  }
  do {
    if (send(fd, chunk, 1, MSG_NOSIGNAL) != 1) return;
  } while (recv(fd, chunk, 1, 0) == 1);
}

__attribute__((noreturn)) static void serve(const char *port) {
  struct sockaddr_in self = address_of(NULL, port);
  int on = 1;
  int fd = open_socket(SOCK_STREAM);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&self, sizeof self) != 0 || listen(fd, 128) != 0) die("listen");
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve_udp(&self);
  }
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) continue;
    serve_client(client);
    close(client);
  }
}

static int connect_to(const struct sockaddr_in *to) {
  int fd = open_socket(SOCK_STREAM);
  /* Ended by a reset: no port waits, and conntrack forgets the connection soon. */
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  no_delay(fd);
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) die("connect");
  return fd;
}

static void round_trip(int fd) {
  char byte = ECHO;
  if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1) die("round trip");
}

static int by_value(const void *a, const void *b) {
  uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
  return one < other ? -1 : one > other;
}

static int report(uint64_t count, uint64_t nanoseconds, size_t samples) {
  qsort(rounds, samples, sizeof rounds[0], by_value);
  uint32_t p50 = samples == 0 ? 0 : rounds[samples / 2];
  uint32_t p99 = samples == 0 ? 0 : rounds[samples * 99 / 100];
  printf("{\"count\":%llu,\"seconds\":%.6f,\"p50\":%u,\"p99\":%u}\n", (unsigned long long)count,
         (double)nanoseconds / 1e9, p50, p99);
  return 0;
}

static int stream(const struct sockaddr_in *to, uint64_t duration) {
  int fd = connect_to(to);
  chunk[0] = SINK;
  uint64_t began = now_ns(), bytes = 0;
  while (now_ns() - began < duration) {
    ssize_t sent = send(fd, chunk, CHUNK, MSG_NOSIGNAL);
    if (sent <= 0) die("send");
    bytes += (uint64_t)sent;
  }
  return report(bytes, now_ns() - began, 0);
}

static int rounds_of(const struct sockaddr_in *to, uint64_t duration, int type, int each) {
  int fd = -1;
  if (type == SOCK_DGRAM) {
    fd = open_socket(SOCK_DGRAM);
    struct timeval limit = {.tv_sec = 1};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) die("connect");
  } else if (!each) {
    fd = connect_to(to);
  }
  if (fd >= 0) round_trip(fd);
  uint64_t began = now_ns(), now = began, count = 0;
  while (now - began < duration && count < MAX_ROUNDS) {
    uint64_t start = now;
    if (each) fd = connect_to(to);
    round_trip(fd);
    if (each) close(fd);
    now = now_ns();
    rounds[count++] = (uint32_t)(now - start);
  }
  return report(count, now - began, (size_t)count);
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (count == 3 && strcmp(arguments[1], "serve") == 0) serve(arguments[2]);
  if (count != 5) {
    fprintf(stderr, "usage: net-load serve PORT | net-load stream|tcp-round|udp-round|connect ADDRESS PORT SECONDS\n");
    return 2;
  }
  struct sockaddr_in to = address_of(arguments[2], arguments[3]);
  uint64_t duration = (uint64_t)(atof(arguments[4]) * 1e9);
  const char *mode = arguments[1];
  if (strcmp(mode, "stream") == 0) return stream(&to, duration);
  if (strcmp(mode, "tcp-round") == 0) return rounds_of(&to, duration, SOCK_STREAM, 0);
  if (strcmp(mode, "udp-round") == 0) return rounds_of(&to, duration, SOCK_DGRAM, 0);
  if (strcmp(mode, "connect") == 0) return rounds_of(&to, duration, SOCK_STREAM, 1);
  fprintf(stderr, "no mode %s\n", mode);
  return 2;
}
