// Sends crafted packets out of network namespaces around a node and tells which of them arrived where.
//
// usage: packets NODE_NAMESPACE (NAMESPACE INTERFACE NODE_INTERFACE)...
//
// Each party is an interface in a namespace and the node's end of the same veth pair. Standard input is a sequence of batches,
// each `u32 count`, then count times `u32 party, u32 length, length bytes` of an IP packet. For each batch standard output gets
// `u32 count`, then count times `u32 id, u32 party`. All numbers are big-endian. The last 8 bytes of a packet are the mark
// and its id.
//
// The end of a batch is not waited for by time. All of it happens on one processor, whose queue of received packets is a FIFO:
// when a frame that the node sent to a party has arrived, all that was queued before it has been dealt with. A packet is queued
// twice, at the node and at the receiver, so two rounds of such frames end a batch.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { max_parties = 64, max_packet = 2048, chunk = 32, marker_type = 0x88b5, receive_buffer = 16 << 20 };
static const uint8_t mark[4] = {0xc0, 0x42, 0x00, 0x08};

struct party {
	int socket;        // in the namespace: sends its packets, receives what arrives
	int node_socket;   // on the node's end: sends markers
	struct sockaddr_ll node_address;
	uint32_t marker;   // the last one that arrived
};

static struct party parties[max_parties];
static uint32_t party_count;
static struct { uint32_t id, party; } *arrivals;
static uint32_t arrival_count, arrival_capacity;

static void fail(const char *what) {
	fprintf(stderr, "packets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) fail(path);
	close(fd);
}

static int packet_socket(const char *interface, uint16_t protocol, struct sockaddr_ll *address) {
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) fail("socket");
	struct ifreq request = {0};
	strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0) fail(interface);
	*address = (struct sockaddr_ll){
		.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = request.ifr_ifindex, .sll_halen = ETH_ALEN};
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) fail(interface);
	memcpy(address->sll_addr, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return fd;
}

static void add_party(const char *node, char **args) {
	struct party *party = &parties[party_count++];
	struct sockaddr_ll own;
	int yes = 1, size = receive_buffer;
	enter(node);
	party->node_socket = packet_socket(args[2], 0, &party->node_address);
	enter(args[0]);
	party->socket = packet_socket(args[1], ETH_P_ALL, &own);
	if (setsockopt(party->socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &yes, sizeof yes) < 0) fail("PACKET_IGNORE_OUTGOING");
	if (setsockopt(party->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) fail("SO_RCVBUFFORCE");
	if (bind(party->socket, (struct sockaddr *)&own, sizeof own) < 0) fail("bind");
}

static uint32_t number_at(const uint8_t *bytes) {
	uint32_t value;
	memcpy(&value, bytes, sizeof value);
	return ntohl(value);
}

static void note_arrival(uint32_t id, uint32_t party) {
	if (arrival_count == arrival_capacity) {
		arrival_capacity = arrival_capacity == 0 ? 1024 : 2 * arrival_capacity;
		arrivals = realloc(arrivals, arrival_capacity * sizeof *arrivals);
		if (arrivals == NULL) fail("realloc");
	}
	arrivals[arrival_count].id = htonl(id);
	arrivals[arrival_count++].party = htonl(party);
}

static void drain(uint32_t index) {
	uint8_t bytes[max_packet];
	for (;;) {
		struct sockaddr_ll from;
		socklen_t from_length = sizeof from;
		ssize_t length = recvfrom(parties[index].socket, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &from_length);
		if (length < 0) {
			if (errno == EAGAIN) return;
			if (errno != EINTR) fail("recvfrom");
		} else if (from.sll_protocol == htons(marker_type)) {
			if (length >= 4) parties[index].marker = number_at(bytes);
		} else if (length >= 8 && memcmp(bytes + length - 8, mark, 4) == 0) {
			note_arrival(number_at(bytes + length - 4), index);
		}
	}
}

static void drain_all(void) {
	for (uint32_t index = 0; index < party_count; index++) drain(index);
}

static void send_packet(int fd, const void *bytes, size_t length, struct sockaddr_ll to, uint16_t protocol) {
	to.sll_protocol = htons(protocol);
	while (sendto(fd, bytes, length, 0, (struct sockaddr *)&to, sizeof to) < 0) {
		if (errno != ENOBUFS && errno != EINTR) fail("sendto");
		drain_all();
	}
}

// Both ends of a pair have interface numbers of their own; the node's hardware address is where the party's packets go.
static void send_from_party(struct party *party, const uint8_t *bytes, uint32_t length) {
	struct sockaddr_ll own, to = party->node_address;
	socklen_t own_length = sizeof own;
	if (getsockname(party->socket, (struct sockaddr *)&own, &own_length) < 0) fail("getsockname");
	to.sll_ifindex = own.sll_ifindex;
	send_packet(party->socket, bytes, length, to, bytes[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
}

static void wait_for_marker(uint32_t number) {
	uint8_t bytes[46] = {0};
	uint32_t value = htonl(number);
	memcpy(bytes, &value, sizeof value);
	for (uint32_t index = 0; index < party_count; index++) {
		struct party *party = &parties[index];
		struct sockaddr_ll to = party->node_address;
		memset(to.sll_addr, 0xff, ETH_ALEN);
		send_packet(party->node_socket, bytes, sizeof bytes, to, marker_type);
	}
	for (uint32_t index = 0; index < party_count; index++) {
		for (drain(index); parties[index].marker != number; drain(index)) {
			struct pollfd waiting = {.fd = parties[index].socket, .events = POLLIN};
			int ready = poll(&waiting, 1, 10000);
			if (ready == 0) errno = ETIMEDOUT;
			if (ready <= 0 && errno != EINTR) fail("marker");
		}
	}
}

static int read_all(void *to, size_t length) {
	return fread(to, 1, length, stdin) == length;
}

int main(int argc, char **argv) {
	if (argc < 5 || (argc - 2) % 3 != 0 || (argc - 2) / 3 > max_parties) {
		fprintf(stderr, "usage: packets NODE_NAMESPACE (NAMESPACE INTERFACE NODE_INTERFACE)...\n");
		return 2;
	}
	int cpu = sched_getcpu();
	cpu_set_t one;
	CPU_ZERO(&one);
	CPU_SET(cpu < 0 ? 0 : cpu, &one);
	if (sched_setaffinity(0, sizeof one, &one) < 0) fail("sched_setaffinity");
	for (int index = 2; index < argc; index += 3) add_party(argv[1], argv + index);

	uint32_t count, marker = 0;
	while (read_all(&count, sizeof count)) {
		arrival_count = 0;
		count = ntohl(count);
		for (uint32_t index = 0; index < count; index++) {
			uint32_t header[2];
			uint8_t bytes[max_packet];
			if (!read_all(header, sizeof header)) fail("input");
			uint32_t party = ntohl(header[0]), length = ntohl(header[1]);
			errno = EINVAL;
			if (party >= party_count || length > sizeof bytes || !read_all(bytes, length)) fail("input");
			send_from_party(&parties[party], bytes, length);
			if (index % chunk == chunk - 1) drain_all();
		}
		wait_for_marker(++marker);
		wait_for_marker(++marker);
		uint32_t total = htonl(arrival_count);
		fwrite(&total, sizeof total, 1, stdout);
		fwrite(arrivals, sizeof *arrivals, arrival_count, stdout);
		if (fflush(stdout) != 0) fail("output");
	}
	return 0;
}
