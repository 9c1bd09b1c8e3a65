#include "ingest/base64.h"

#include <stdint.h>

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

bool
base64_decode(char *to, size_t *len, struct span text, size_t *bad)
{
	const unsigned char *in = (const unsigned char *)text.at;
	size_t groups = text.len / 4, done = 0;

	*len = 0;
	for (; done + 1 < groups; done++, in += 4, to += 3) {
		uint8_t a = base64_values[in[0]], b = base64_values[in[1]];
		uint8_t c = base64_values[in[2]], d = base64_values[in[3]];

		if ((a & b & c & d & KNOWN) == 0)
			break;
		to[0] = (char)(a << 2 | (b & 0x3f) >> 4);
		to[1] = (char)(b << 4 | (c & 0x3f) >> 2);
		to[2] = (char)(c << 6 | (d & 0x3f));
	}
	*len = done * 3;
	if (text.len == 0)
		return true;
	if (text.len % 4 == 0 && done + 1 == groups && base64_tail(in, to, len))
		return true;
	*bad = base64_stranger(text);
	return false;
}
