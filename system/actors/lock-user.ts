/**
 * A program that takes the service's locks and writes under them when it is told to: see serveLocks. Its environment is
 * the service's (STT_INSTANCE, STT_HOST, STT_PORT, STT_DATABASE_URL, STT_REDIS_*).
 */
import { serveLocks } from "./serve-locks.ts";

await serveLocks();
