/*
 * Protobuf's wire format, read where it lies: fields one after another, never
 * past the end, and any failure sticks.
 *
 *   struct wire wire = wire_make(bytes);
 *   while (wire_next(&wire, &field))
 *           switch (field.tag) {
 *           case WIRE_TAG(1, WIRE_BYTES): ... field.bytes
 *           }
 *   if (wire.fault != NULL) ... broken
 *
 * Source: protobuf.dev/programming-guides/encoding. Groups, which no message
 * of ours has ever had, are a fault.
 */
#ifndef PIPELINE_DECODE_WIRE_H
#define PIPELINE_DECODE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "base/word.h"

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_FIXED64 = 1,
	WIRE_BYTES = 2,
	WIRE_FIXED32 = 5
};

/* A field's number and type, as they stand on the wire. */
#define WIRE_TAG(number, type) ((uint64_t)(number) << 3 | (type))

struct wire {
	const unsigned char *at, *end;
	const char *fault; /* a constant; NULL is good */
};

struct wire_field {
	uint64_t tag;
	uint64_t number;   /* of WIRE_VARINT, WIRE_FIXED64, WIRE_FIXED32 */
	struct span bytes; /* of WIRE_BYTES */
};

struct wire wire_make(struct span bytes);
/* The next field, whatever it is; false at the end or at a fault. */
bool wire_next_any(struct wire *wire, struct wire_field *field);

/* The length at `at`, of at most three bytes, and behind it as many bytes up
 * to `end`: where those begin. NULL when it is anything else. */
static inline const unsigned char *
wire_length(const unsigned char *at, const unsigned char *end, size_t *len)
{
	size_t left = (size_t)(end - at);

	if (left < 4)
		return NULL;
	*len = at[0];
	if (*len < 0x80) {
		at += 1;
	} else if (at[1] < 0x80) {
		*len = (*len & 0x7f) | (size_t)at[1] << 7;
		at += 2;
	} else if (at[2] < 0x80) {
		*len = (*len & 0x7f) | (size_t)(at[1] & 0x7f) << 7 |
		    (size_t)at[2] << 14;
		at += 3;
	} else {
		return NULL;
	}
	return *len <= (size_t)(end - at) ? at : NULL;
}

/* The next field; false at the end or at a fault. Most are bytes of a number
 * below 16 and of no great length. */
static inline bool
wire_next(struct wire *wire, struct wire_field *field)
{
	const unsigned char *at;
	size_t len;

	if (wire->fault == NULL && wire->at < wire->end && *wire->at >= 8 &&
	    *wire->at < 0x80 && (*wire->at & 7) == WIRE_BYTES) {
		at = wire_length(wire->at + 1, wire->end, &len);
		if (at != NULL) {
			field->tag = *wire->at;
			field->number = len;
			field->bytes = span_make(at, len);
			wire->at = at + len;
			return true;
		}
	}
	return wire_next_any(wire, field);
}

/* The next field with this tag; steps over the others. */
bool wire_find(struct wire *wire, uint64_t tag, struct wire_field *field);
/* A message behind its length, a varint of at most 5 bytes. */
bool wire_message(struct wire *wire, struct span *message);

double wire_double(const struct wire_field *field);

#endif
