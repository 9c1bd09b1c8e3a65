#include "schemas/alarm.h"

const char *const alarm_state_names[] = {
    "INSUFFICIENT_DATA", "OK", "ALARM", NULL};
const char *const alarm_statistic_names[] = {
    "Average", "Sum", "Minimum", "Maximum", "SampleCount", NULL};
const char *const alarm_operator_names[] = {"GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
    NULL};
const char *const alarm_missing_names[] = {
    "missing", "ignore", "breaching", "notBreaching", NULL};
