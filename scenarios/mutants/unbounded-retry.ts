import { ProviderError } from "../../system/provider/speech-provider.ts";
import { serve } from "./serve.ts";

/** Takes a refusal for good for one of the moment. */
const hopeful = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((error: unknown) => {
    throw error instanceof ProviderError ? new ProviderError(error.message, true) : error;
  });

await serve({
  provider: (real) => ({
    submitTranscription: (key, wav) => hopeful(real.submitTranscription(key, wav)),
    transcription: (rid) => hopeful(real.transcription(rid)),
    submitSummary: (key, text) => hopeful(real.submitSummary(key, text)),
    summary: (rid) => hopeful(real.summary(rid)),
  }),
});
