/* What this library is called with, as core/interface.py had it when setup.py compiled it. */

#include <stdint.h>

int64_t logistica_stamp(void) { return LOGISTICA_STAMP; }
