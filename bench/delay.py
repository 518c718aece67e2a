"""A line with a round-trip time, as a program between two TUN devices: delay.py NEAR FAR MILLISECONDS

FAR is for a network namespace of its own. It keeps each packet for half of the time, and counts, per address behind
NEAR, the bytes of both ways and the round trips: a packet with data that is sent after an answer came is one deeper than it.
On standard input: `count` prints what was counted as JSON and begins anew.
"""
import collections, fcntl, json, os, select, socket, struct, sys, time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def device(name):
    file = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(file, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return file


def has_data(packet):
    """Whether a TCP packet carries data, or opens a connection: an acknowledgement alone waits for nothing."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return False
    at = (packet[0] & 15) * 4
    return len(packet) > at + (packet[at + 12] >> 4) * 4 or packet[at + 13] & 2


near, far = device(sys.argv[1]), device(sys.argv[2])
half = float(sys.argv[3]) / 2000
print("up", flush=True)
line = collections.deque()
# Per address: bytes, how deep what the host has heard is, and what this side has heard.
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
            pass  # The other end is not up yet.
