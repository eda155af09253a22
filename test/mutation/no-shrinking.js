// A property that fails is not made smaller: one counterexample is enough to find a mutant, and shrinking takes seconds.
import fc from 'fast-check'

fc.configureGlobal({ endOnFailure: true })
