#include "pipeline/decode/wire.h"

#include "base/word.h"

struct wire
wire_make(struct span bytes)
{
	const unsigned char *at = (const unsigned char *)bytes.at;

	return (struct wire){
	    .at = at, .end = bytes.len == 0 ? at : at + bytes.len};
}

static bool
wire_fail(struct wire *wire, const char *fault)
{
	if (wire->fault == NULL)
		wire->fault = fault;
	return false;
}

static bool
wire_varint(struct wire *wire, int bytes_max, uint64_t *value)
{
	*value = 0;
	for (int i = 0; i < bytes_max; i++) {
		uint64_t bits;

		if (wire->at == wire->end)
			return wire_fail(wire, "a varint is cut off");
		bits = *wire->at & 0x7f;
		if (i == 9 && bits > 1)
			return wire_fail(wire, "a varint is above 64 bits");
		*value |= bits << (7 * i);
		if (*wire->at++ < 0x80)
			return true;
	}
	return wire_fail(wire, "a varint is too long");
}

/* Little-endian, `size` bytes. */
static bool
wire_fixed(struct wire *wire, int size, uint64_t *value)
{
	if (wire->end - wire->at < size)
		return wire_fail(wire, "a number is cut off");
	*value = word_get((const char *)wire->at, (size_t)size);
	wire->at += size;
	return true;
}

static bool
wire_bytes(struct wire *wire, uint64_t len, struct span *bytes)
{
	if (len > (uint64_t)(wire->end - wire->at))
		return wire_fail(wire, "a length goes beyond the end");
	*bytes = span_make(wire->at, (size_t)len);
	wire->at += len;
	return true;
}

bool
wire_next_any(struct wire *wire, struct wire_field *field)
{
	*field = (struct wire_field){0};
	if (wire->fault != NULL || wire->at == wire->end ||
	    !wire_varint(wire, 10, &field->tag))
		return false;
	if (field->tag >> 3 == 0 || field->tag > UINT32_MAX)
		return wire_fail(wire, "no field has such a number");
	switch (field->tag & 7) {
	case WIRE_VARINT:
		return wire_varint(wire, 10, &field->number);
	case WIRE_FIXED64:
		return wire_fixed(wire, 8, &field->number);
	case WIRE_FIXED32:
		return wire_fixed(wire, 4, &field->number);
	case WIRE_BYTES:
		return wire_varint(wire, 10, &field->number) &&
		    wire_bytes(wire, field->number, &field->bytes);
	default:
		return wire_fail(wire, "no field has such a type");
	}
}

bool
wire_find(struct wire *wire, uint64_t tag, struct wire_field *field)
{
	while (wire_next(wire, field))
		if (field->tag == tag)
			return true;
	return false;
}

bool
wire_message(struct wire *wire, struct span *message)
{
	uint64_t len;

	if (!wire_varint(wire, 5, &len))
		return false;
	if (len > UINT32_MAX)
		return wire_fail(wire, "a message's length is above 32 bits");
	return wire_bytes(wire, len, message);
}

double
wire_double(const struct wire_field *field)
{
	double value;

	memcpy(&value, &field->number, sizeof(value));
	return value;
}
