/* For json_index_x86.c: what its best path needs, and its numbers. */
#ifndef PIPELINE_DECODE_JSON_FIGURES_X86_H
#define PIPELINE_DECODE_JSON_FIGURES_X86_H

#include "pipeline/decode/json_index.h"

#define JSON_AVX2 __attribute__((target("avx2,bmi,popcnt")))

const char *json_figures_avx2(
    const char *at, const char *end, struct json_figures *figures);

#endif
