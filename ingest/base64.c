#include "ingest/base64.h"

#include "ingest/base64_path.h"

/* The value of a character with KNOWN set; 0 for what is not in the alphabet,
 * so that four look-ups are checked by one AND. */
#define KNOWN 0x40
#define V(n) ((n) | KNOWN)

static const uint8_t base64_values[256] = {['A'] = V(0),
    ['B'] = V(1),
    ['C'] = V(2),
    ['D'] = V(3),
    ['E'] = V(4),
    ['F'] = V(5),
    ['G'] = V(6),
    ['H'] = V(7),
    ['I'] = V(8),
    ['J'] = V(9),
    ['K'] = V(10),
    ['L'] = V(11),
    ['M'] = V(12),
    ['N'] = V(13),
    ['O'] = V(14),
    ['P'] = V(15),
    ['Q'] = V(16),
    ['R'] = V(17),
    ['S'] = V(18),
    ['T'] = V(19),
    ['U'] = V(20),
    ['V'] = V(21),
    ['W'] = V(22),
    ['X'] = V(23),
    ['Y'] = V(24),
    ['Z'] = V(25),
    ['a'] = V(26),
    ['b'] = V(27),
    ['c'] = V(28),
    ['d'] = V(29),
    ['e'] = V(30),
    ['f'] = V(31),
    ['g'] = V(32),
    ['h'] = V(33),
    ['i'] = V(34),
    ['j'] = V(35),
    ['k'] = V(36),
    ['l'] = V(37),
    ['m'] = V(38),
    ['n'] = V(39),
    ['o'] = V(40),
    ['p'] = V(41),
    ['q'] = V(42),
    ['r'] = V(43),
    ['s'] = V(44),
    ['t'] = V(45),
    ['u'] = V(46),
    ['v'] = V(47),
    ['w'] = V(48),
    ['x'] = V(49),
    ['y'] = V(50),
    ['z'] = V(51),
    ['0'] = V(52),
    ['1'] = V(53),
    ['2'] = V(54),
    ['3'] = V(55),
    ['4'] = V(56),
    ['5'] = V(57),
    ['6'] = V(58),
    ['7'] = V(59),
    ['8'] = V(60),
    ['9'] = V(61),
    ['+'] = V(62),
    ['/'] = V(63)};

/* The first character of the text that is not in the alphabet. */
static size_t
base64_stranger(struct span text)
{
	size_t at = 0;

	while (at < text.len && base64_values[(unsigned char)text.at[at]] != 0)
		at++;
	return at;
}

/* The last group, with its padding: 1 to 3 bytes. */
static bool
base64_tail(const unsigned char *in, char *to, size_t *len)
{
	uint8_t a = base64_values[in[0]], b = base64_values[in[1]];
	uint8_t c = base64_values[in[2]], d = base64_values[in[3]];
	size_t bytes = 3;

	if (in[3] == '=') {
		d = KNOWN;
		bytes = 2;
		if (in[2] == '=') {
			c = KNOWN;
			bytes = 1;
		}
	}
	if ((a & b & c & d & KNOWN) == 0 || (bytes == 1 && (b & 0x0f) != 0) ||
	    (bytes == 2 && (c & 0x03) != 0))
		return false;
	to[0] = (char)(a << 2 | (b & 0x3f) >> 4);
	if (bytes > 1)
		to[1] = (char)(b << 4 | (c & 0x3f) >> 2);
	if (bytes > 2)
		to[2] = (char)(c << 6 | (d & 0x3f));
	*len += bytes;
	return true;
}

/* Group by group, up to the last; what stands behind `done` groups. */
static size_t
base64_groups(char *to, const unsigned char *in, size_t done, size_t groups)
{
	for (in += done * 4, to += done * 3; done + 1 < groups; done++) {
		uint8_t a = base64_values[in[0]], b = base64_values[in[1]];
		uint8_t c = base64_values[in[2]], d = base64_values[in[3]];

		if ((a & b & c & d & KNOWN) == 0)
			break;
		to[0] = (char)(a << 2 | (b & 0x3f) >> 4);
		to[1] = (char)(b << 4 | (c & 0x3f) >> 2);
		to[2] = (char)(c << 6 | (d & 0x3f));
		in += 4;
		to += 3;
	}
	return done;
}

bool
base64_decode_by(const struct base64_path *path, char *to, size_t *len,
    struct span text, size_t *bad)
{
	const unsigned char *in = (const unsigned char *)text.at;
	size_t groups = text.len / 4, done = 0;

	if (path->bulk != NULL)
		done = path->bulk(to, in, text.len) / 4;
	done = base64_groups(to, in, done, groups);
	*len = done * 3;
	if (text.len == 0 ||
	    (text.len % 4 == 0 && done + 1 == groups &&
		base64_tail(in + done * 4, to + done * 3, len)))
		return true;
	*bad = base64_stranger(text);
	return false;
}

static bool
base64_always(void)
{
	return true;
}

static const struct base64_path base64_portable = {
    "portable", base64_always, NULL};

const struct base64_path *const base64_paths[] = {
#if defined(__x86_64__)
    &base64_avx2, &base64_sse,
#elif defined(__aarch64__)
    &base64_neon,
#endif
    &base64_portable, NULL};

bool
base64_decode(char *to, size_t *len, struct span text, size_t *bad)
{
	const struct base64_path *const *path = base64_paths;

	while (!(*path)->usable())
		path++;
	return base64_decode_by(*path, to, len, text, bad);
}
