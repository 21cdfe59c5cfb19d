import { newId } from '../platform/ids.ts';
import { issueBadges } from './badges/issue-due.ts';
import { foldBoards } from './boards/fold.ts';
import { awardSeason, freezeSeason } from './boards/season.ts';
import { snapshotStandings } from './boards/snapshot.ts';
import { closeWindow, dueWindows, type WindowRef } from './boards/windows.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './errors.ts';
import { askMember } from './member/ask-member.ts';
import { awardMilestones } from './member/award-milestones.ts';
import { closeMemberEvents } from './member/close-events.ts';
import { matureMember } from './member/mature.ts';
import { parkMemberEvents } from './member/park.ts';
import type { MemberEvents, MemberRef } from './member/step.ts';
import { type SweepCursor, sweepMilestones } from './milestones/sweep.ts';
import { decideRedemption } from './redemption/decide.ts';
import { finishRedemption, type RedemptionEnd } from './redemption/finish.ts';
import { parkRedemptionEvent } from './redemption/park.ts';
import { payRedemption } from './redemption/pay.ts';
import { reserveRedemption } from './redemption/reserve.ts';
import type { RedemptionEventRef, RedemptionRef } from './redemption/snapshot.ts';
import { endReferral } from './referral/end.ts';
import { issueInvitation } from './referral/invitation.ts';
import { lookAtReferral } from './referral/look.ts';
import { matureRewards } from './referral/mature.ts';
import { parkReferralEvent } from './referral/park.ts';
import { recordAction } from './referral/record-action.ts';
import { refundAction } from './referral/refund.ts';
import { decideReview } from './referral/review.ts';
import { signUp } from './referral/sign-up.ts';
import type { ReferralEventRef, ReferralRef } from './referral/snapshot.ts';
import { answerSurvey } from './survey/answer.ts';
import { askSurvey } from './survey/ask.ts';
import { cancelSurvey, parkSurveyEvent } from './survey/cancel.ts';
import { findMoments, wakeSurveys } from './survey/find.ts';
import { openSurvey } from './survey/open.ts';
import type { SurveyEventRef, SurveyRef } from './survey/snapshot.ts';
import { closeSurvey, remindSurvey } from './survey/turn.ts';
import { expireLots } from './upkeep/expire-lots.ts';
import { forgetAnswers } from './upkeep/forget-answers.ts';
import { reconcile } from './upkeep/reconcile.ts';
import { wakeOverdue } from './upkeep/wake-overdue.ts';

/** Every activity, bound to what it works with. Workflows see only the type of this. */
export function createActivities(deps: ActivityDeps) {
  return guarded(
    {
      issueInvitation: (ref: ReferralEventRef) => issueInvitation(deps, ref),
      signUp: (ref: ReferralEventRef) => signUp(deps, ref),
      recordAction: (ref: ReferralEventRef) => recordAction(deps, ref),
      refundAction: (ref: ReferralEventRef) => refundAction(deps, ref),
      decideReview: (ref: ReferralEventRef) => decideReview(deps, ref),
      matureRewards: (ref: ReferralRef) => matureRewards(deps, ref),
      endReferral: (ref: ReferralRef) => endReferral(deps, ref),
      lookAtReferral: (ref: ReferralEventRef) => lookAtReferral(deps, ref),
      parkReferralEvent: (ref: ReferralEventRef & { readonly reason: string }) =>
        parkReferralEvent(deps, ref),
      reserveRedemption: (ref: RedemptionEventRef) => reserveRedemption(deps, ref),
      decideRedemption: (ref: RedemptionEventRef) => decideRedemption(deps, ref),
      payRedemption: (ref: RedemptionRef) => payRedemption(deps, ref),
      finishRedemption: (end: RedemptionEnd) => finishRedemption(deps, end),
      parkRedemptionEvent: (ref: RedemptionEventRef & { readonly reason: string }) =>
        parkRedemptionEvent(deps, ref),
      matureMember: (ref: MemberRef) => matureMember(deps, ref),
      closeMemberEvents: (ref: MemberEvents) => closeMemberEvents(deps, ref),
      parkMemberEvents: (ref: MemberEvents & { readonly reason: string }) => parkMemberEvents(deps, ref),
      expireLots: (input: { readonly now_ms: number }) => expireLots(deps, input),
      wakeOverdue: () => wakeOverdue(deps),
      forgetAnswers: () => forgetAnswers(deps),
      reconcile: () => reconcile(deps),
      issueBadges: (input: { readonly now_ms: number }) => issueBadges(deps, input),
      foldBoards: () => foldBoards(deps),
      snapshotStandings: (input: { readonly now_ms: number }) => snapshotStandings(deps, input),
      dueWindows: (input: { readonly now_ms: number }) => dueWindows(deps, input),
      closeWindow: (step: WindowRef & { readonly now_ms: number }) => closeWindow(deps, step),
      freezeSeason: (step: WindowRef & { readonly now_ms: number }) => freezeSeason(deps, step),
      awardMilestones: (ref: MemberRef) => awardMilestones(deps, ref),
      sweepMilestones: (input: { readonly after: SweepCursor | null; readonly now_ms: number }) =>
        sweepMilestones(deps, input),
      awardSeason: (step: WindowRef & { readonly now_ms: number }) => awardSeason(deps, step),
      askMember: (ref: MemberRef) => askMember(deps, ref),
      openSurvey: (ref: SurveyEventRef) => openSurvey(deps, ref),
      askSurvey: (ref: SurveyRef) => askSurvey(deps, ref),
      remindSurvey: (ref: SurveyRef) => remindSurvey(deps, ref),
      answerSurvey: (ref: SurveyEventRef) => answerSurvey(deps, ref),
      cancelSurvey: (ref: SurveyEventRef) => cancelSurvey(deps, ref),
      closeSurvey: (ref: SurveyRef) => closeSurvey(deps, ref),
      findMoments: (input: { readonly now_ms: number }) => findMoments(deps, input),
      wakeSurveys: (input: { readonly now_ms: number }) => wakeSurveys(deps, input),
      parkSurveyEvent: (ref: SurveyEventRef & { readonly reason: string }) => parkSurveyEvent(deps, ref),
    },
    deps.log,
    newId,
  );
}

export type Activities = ReturnType<typeof createActivities>;
