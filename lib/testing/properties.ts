import fc from 'fast-check';

/** Properties try the same values each time, so that a failure belongs to the change that brought it; PROPERTY_SEED=$RANDOM looks further. */
fc.configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 1) });
