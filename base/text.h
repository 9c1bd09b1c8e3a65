/*
 * The written forms of times, durations, sizes and numbers that the contract
 * fixes, and CloudWatch's own forms.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define TEXT_TIME_SIZE 64
#define TEXT_NUMBER_SIZE 40

/* 2026-09-14T11:18:52.496Z, from milliseconds since 1970. */
void text_time(char out[TEXT_TIME_SIZE], int64_t ms);
/* 2026-09-14T11:18:52.496+0000: how CloudWatch writes times in messages. */
void text_time_aws(char out[TEXT_TIME_SIZE], int64_t ms);
/* Monday 14 September, 2026 11:18:52 UTC: how CloudWatch tells people. */
void text_time_long(char out[TEXT_TIME_SIZE], int64_t ms);
/* RFC 3339 with Z or an offset, fraction optional. */
bool text_parse_time(struct span text, int64_t *ms);

/* 500ms 90s 3m 1h 2d; several may follow one another (1h30m). "0" is zero. */
bool text_parse_duration(struct span text, int64_t *ms);
/* 512KiB 64MiB 1GiB, or a plain number of bytes. */
bool text_parse_size(struct span text, int64_t *bytes);
void text_duration(char out[TEXT_TIME_SIZE], int64_t ms);
void text_size(char out[TEXT_TIME_SIZE], int64_t bytes);

/* An integer that fills the whole text. */
bool text_parse_int(struct span text, int64_t *value);
/* A JSON number that fills the whole text; the double strtod gives. */
bool text_parse_double(struct span text, double *value);
/* The same for a number with other text behind it: where it ends. NULL: there
 * is none, or one of those that only text_parse_double() reads (more than 19
 * digits, exponents out of the common). */
const char *text_read_double(const char *at, const char *end, double *value);

/* The shortest decimal that reads back as the same double; valid JSON. */
void text_double(char out[TEXT_NUMBER_SIZE], double value);
/* As Java's Double.toString prints it: 50.0, 1.0E7, 1.66E-4. */
void text_double_java(char out[TEXT_NUMBER_SIZE], double value);

#endif
