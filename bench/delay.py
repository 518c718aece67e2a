"""A line with a round-trip time, as a program between two TUN devices: delay.py NEAR FAR MILLISECONDS

FAR is to be moved to a network namespace of its own. The program delays each packet by half of the time. For each
address behind NEAR it counts the bytes in both directions, and the round trips: a packet with data that is sent after
an answer has arrived is one round trip deeper than that answer. The line `count` on standard input prints the counts
as JSON, and sets them to zero.
"""
import collections, fcntl, json, os, select, socket, struct, sys, time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def device(name):
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return file


def has_data(packet):
    """Whether a TCP packet has data or opens a connection. Nobody waits for an acknowledgement alone."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return False
    at = (packet[0] & 15) * 4
    return len(packet) > at + (packet[at + 12] >> 4) * 4 or packet[at + 13] & 2


near, far = device(sys.argv[1]), device(sys.argv[2])
half = float(sys.argv[3]) / 2000
print("up", flush=True)
line = collections.deque()
# Per address: bytes, the depth of the last packet that the host received, and of the last that this side received.
count = collections.defaultdict(lambda: [0, 0, 0])
while True:
    wait = max(0, line[0][0] - time.monotonic()) if line else None
    for ready in select.select([near, far, 0], [], [], wait)[0]:
        if ready == 0:
            if os.read(0, 64) == b"":
                sys.exit()
            print(json.dumps({socket.inet_ntoa(host): {"bytes": each[0], "trips": each[2]} for host, each in count.items()}), flush=True)
            count.clear()
            continue
        packet = os.read(ready, 65535)
        out = ready == far
        each = count[packet[16:20] if out else packet[12:16]]
        each[0] += len(packet)
        depth = (each[2] + 1 if out else each[1]) if has_data(packet) else 0
        line.append((time.monotonic() + half, out, packet, each, depth))
    while line and line[0][0] <= time.monotonic():
        _, out, packet, each, depth = line.popleft()
        side = 1 if out else 2
        each[side] = max(each[side], depth)
        try:
            os.write(near if out else far, packet)
        except OSError:
            pass  # The other device is not up yet.
