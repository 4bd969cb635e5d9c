/*
 * Sends small UDP packets from one namespace to another at a fixed interval and says when they begin to arrive and when they
 * cease to: a timer of Node is a thousand times coarser.
 *
 *   prober SOURCE_NETNS SOURCE_ADDRESS TARGET_NETNS TARGET_ADDRESS PORT INTERVAL_US
 *
 * Prints "ready" once, then a line per change:
 *   passed T    the packet sent at T arrived, the one before did not
 *   refused T   the packet sent at T did not arrive, nor did any within `patience` of it
 * T is CLOCK_MONOTONIC in nanoseconds, as process.hrtime.bigint() has it. Nothing ever answers, so that the flow stays new to
 * conntrack and each packet is judged by policy. Once refused it goes on from another source port, as whoever tries again does:
 * what becomes of a flow that was cut is another question. Ends with its standard input.
 */
#define _GNU_SOURCE
#include "namespace.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { REMEMBERED = 1 << 16 };
/* Longer than a packet may wait for a busy CPU. */
static const uint64_t patience = 10000000;

static uint64_t sent_at[REMEMBERED];

static int open_socket(const char *address, int port) {
  struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0 || inet_pton(AF_INET, address, &self.sin_addr) != 1) die(address);
  if (bind(fd, (struct sockaddr *)&self, sizeof self) != 0) die("bind");
  return fd;
}

int main(int count, char **arguments) {
  if (count != 7) {
    fprintf(stderr, "usage: prober SOURCE_NETNS SOURCE_ADDRESS TARGET_NETNS TARGET_ADDRESS PORT INTERVAL_US\n");
    return 2;
  }
  int port = atoi(arguments[5]);
  uint64_t interval = (uint64_t)atoi(arguments[6]) * 1000;
  enter_namespace(arguments[3]);
  int target = open_socket(arguments[4], port);
  enter_namespace(arguments[1]);
  int source = open_socket(arguments[2], 0);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (interval == 0 || inet_pton(AF_INET, arguments[4], &to.sin_addr) != 1) die(arguments[4]);

  /* Before others, so that a busy machine delays what is measured and not the measure. Without the right it goes on as it is. */
  struct sched_param first = {.sched_priority = 1};
  sched_setscheduler(0, SCHED_FIFO, &first);
  prctl(PR_SET_TIMERSLACK, 1);
  mlockall(MCL_CURRENT);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("ready\n");

  struct pollfd input = {.fd = 0, .events = POLLIN};
  uint64_t next_sequence = 1, newest = 0;
  enum { UNKNOWN, PASSING, REFUSED } state = UNKNOWN;
  uint64_t wake = now_ns(), started = wake;
  for (;;) {
    uint64_t sequence = next_sequence++;
    uint64_t at = now_ns();
    sent_at[sequence % REMEMBERED] = at;
    /* Errors are answers of the other side (a reset), reported late: the arrival alone counts. */
    (void)!sendto(source, &sequence, sizeof sequence, 0, (struct sockaddr *)&to, sizeof to);

    uint64_t arrived;
    while (recv(target, &arrived, sizeof arrived, 0) == sizeof arrived) {
      if (arrived <= newest) continue;
      if (state != PASSING) {
        state = PASSING;
        printf("passed %llu\n", (unsigned long long)sent_at[arrived % REMEMBERED]);
      }
      newest = arrived;
    }
    if (state == PASSING && newest < sequence) {
      uint64_t lost = sent_at[(newest + 1) % REMEMBERED];
      if (at - lost > patience) {
        state = REFUSED;
        printf("refused %llu\n", (unsigned long long)lost);
        close(source);
        source = open_socket(arguments[2], 0);
      }
    } else if (state == UNKNOWN && at - started > patience) {
      state = REFUSED;
      printf("refused %llu\n", (unsigned long long)started);
    }

    if (sequence % 256 == 0 && poll(&input, 1, 0) > 0) {
      char ignored[16];
      if (read(0, ignored, sizeof ignored) <= 0) return 0;
    }
    wake += interval;
    if (wake < at) wake = at + interval;
    struct timespec until = {.tv_sec = (time_t)(wake / 1000000000u), .tv_nsec = (long)(wake % 1000000000u)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
}
