#include "codes.h"

const char *pusher_code_message(enum pusher_code code)
{
    switch (code) {
#define PUSHER_X(name, number, message)                                                                                \
    case PUSHER_CODE_##name:                                                                                           \
        return message;
        PUSHER_CODES(PUSHER_X)
#undef PUSHER_X
    case PUSHER_CODE_NONE:
        break;
    }
    return "";
}
