/* The rows of the table. The first of a format is what its others are
 * compared with. */
#include "decoder_bench.h"

#define PROTOBUF protobuf_open, protobuf_read, NULL, protobuf_close
#define ZSTD zstd_open, zstd_read, NULL, zstd_close

const struct reader readers[] = {
    {"simdjson On-Demand", FORMAT_JSON, KIND_VALUES, 1, 0, simdjson_open,
	simdjson_read, NULL, simdjson_close},
    {"tocsin: decode", FORMAT_JSON, KIND_KNOWN, 1, 0, DECODE},
    {"tocsin: decode, nothing known", FORMAT_JSON, KIND_VALUES, 8, 0, DECODE},
    {"tocsin: decode, series", FORMAT_JSON, KIND_COUNTS, 1, 0, THROUGH},
    {"tocsin: decode, window, alarm on 1 of 20", FORMAT_JSON, KIND_COUNTS, 1,
	20, THROUGH},
    {"jansson", FORMAT_JSON, KIND_VALUES, 32, 0, NULL, jansson_read, NULL,
	NULL},
    {"zstd -d", FORMAT_JSON, KIND_PACKED, 1, 0, ZSTD},

    {"protobuf-c, arena", FORMAT_OTLP, KIND_VALUES, 4, 0, PROTOBUF},
    {"tocsin: decode", FORMAT_OTLP, KIND_KNOWN, 1, 0, DECODE},
    {"tocsin: decode, nothing known", FORMAT_OTLP, KIND_VALUES, 8, 0, DECODE},
    {"tocsin: decode, series", FORMAT_OTLP, KIND_COUNTS, 1, 0, THROUGH},
    {"tocsin: decode, window, alarm on 1 of 20", FORMAT_OTLP, KIND_COUNTS, 1,
	20, THROUGH},
    {"zstd -d", FORMAT_OTLP, KIND_PACKED, 1, 0, ZSTD},
};
const size_t readers_count = sizeof(readers) / sizeof(*readers);
