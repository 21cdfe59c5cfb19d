import type { EndpointRef } from '../domain/webhooks/endpoint.ts';
import { newId } from '../platform/ids.ts';
import { issueBadges } from './badges/issue-due.ts';
import type { ActivityDeps } from './deps.ts';
import { guarded } from './errors.ts';
import { backfillBoards } from './leaderboards/backfill.ts';
import { foldBoards } from './leaderboards/fold.ts';
import { awardSeason, freezeSeason } from './leaderboards/season.ts';
import { snapshotStandings } from './leaderboards/trends.ts';
import { closeWindow, dueWindows, type WindowRef } from './leaderboards/windows.ts';
import type { MemberEvents, MemberRef } from './member-step.ts';
import { closeMemberEvents } from './members/close-events.ts';
import { decideMember } from './members/decide.ts';
import { keepMember, keepMemberAtOnce, type MemberSteps } from './members/keep.ts';
import { leadOn } from './members/lead.ts';
import { parkMemberEvents } from './members/park.ts';
import { awardMilestones } from './milestones/award.ts';
import { type SweepCursor, sweepMilestones } from './milestones/sweep.ts';
import { tellMember } from './notices/tell-member.ts';
import { countActions } from './points/count-actions.ts';
import { applyProgramTimes } from './programs/apply-times.ts';
import { watchBudgets } from './programs/budgets.ts';
import { decideRedemption } from './redemptions/decide.ts';
import { finishRedemption, type RedemptionEnd } from './redemptions/finish.ts';
import { parkRedemptionEvent } from './redemptions/park.ts';
import { payRedemption } from './redemptions/pay.ts';
import { reserveRedemption } from './redemptions/reserve.ts';
import type { RedemptionEventRef, RedemptionRef } from './redemptions/snapshot.ts';
import { attributeReferral } from './referrals/attribute.ts';
import { cancelReferral } from './referrals/cancel.ts';
import { correctReferralReward } from './referrals/correct-reward.ts';
import { endReferral } from './referrals/end.ts';
import { grantReferralRewardAgain } from './referrals/grant-again.ts';
import { issueInvitation } from './referrals/invitation.ts';
import { type KeptDeadlines, type KeptEventRef, keepDeadlines, keepReferralEvent } from './referrals/keep.ts';
import { lookAtReferral } from './referrals/look.ts';
import { matureRewards } from './referrals/mature.ts';
import { moveReferral } from './referrals/move.ts';
import { parkReferralEvent } from './referrals/park.ts';
import { recordAction } from './referrals/record-action.ts';
import { recountReferral } from './referrals/recount.ts';
import { recountOthers } from './referrals/recount-others.ts';
import { refundAction } from './referrals/refund.ts';
import { decideReview } from './referrals/review.ts';
import { signUp } from './referrals/sign-up.ts';
import type { ReferralEventRef, ReferralRef } from './referrals/snapshot.ts';
import { keepUnreferred, type ReferralEvents } from './referrals/unreferred.ts';
import { correctMemberRewards } from './rewards/correct-member.ts';
import { matureMember } from './rewards/mature-member.ts';
import { answerSurvey } from './surveys/answer.ts';
import { askSurvey } from './surveys/ask.ts';
import { askMember } from './surveys/ask-member.ts';
import { cancelSurvey, parkSurveyEvent } from './surveys/cancel.ts';
import { findMoments, wakeSurveys } from './surveys/find.ts';
import { openSurvey } from './surveys/open.ts';
import type { SurveyEventRef, SurveyRef } from './surveys/snapshot.ts';
import { closeSurvey, remindSurvey } from './surveys/turn.ts';
import { expireLots } from './upkeep/expire-lots.ts';
import { forgetAnswers } from './upkeep/forget-answers.ts';
import { forgetDeliveries } from './upkeep/forget-deliveries.ts';
import { keepMonths } from './upkeep/keep-months.ts';
import { reconcile } from './upkeep/reconcile.ts';
import { rekeyMembers } from './upkeep/rekey-members.ts';
import { wakeOverdue } from './upkeep/wake-overdue.ts';
import { type DeliverInput, deliverWebhooks } from './webhooks/deliver.ts';
import { fillWebhook } from './webhooks/fill.ts';

/** Those of referrals. */
const referralActivities = (deps: ActivityDeps) => ({
  issueInvitation: (ref: ReferralEventRef) => issueInvitation(deps, ref),
  signUp: (ref: ReferralEventRef) => signUp(deps, ref),
  recordAction: (ref: ReferralEventRef) => recordAction(deps, ref),
  refundAction: (ref: ReferralEventRef) => refundAction(deps, ref),
  attributeReferral: (ref: ReferralEventRef) => attributeReferral(deps, ref),
  cancelReferral: (ref: ReferralEventRef) => cancelReferral(deps, ref),
  moveReferral: (ref: ReferralEventRef) => moveReferral(deps, ref),
  correctReferralReward: (ref: ReferralEventRef) => correctReferralReward(deps, ref),
  grantReferralRewardAgain: (ref: ReferralEventRef) => grantReferralRewardAgain(deps, ref),
  recountReferral: (ref: ReferralEventRef) => recountReferral(deps, ref),
  recountOthers: (ref: ReferralEventRef) => recountOthers(deps, ref),
  decideReview: (ref: ReferralEventRef) => decideReview(deps, ref),
  matureRewards: (ref: ReferralRef) => matureRewards(deps, ref),
  endReferral: (ref: ReferralRef) => endReferral(deps, ref),
  keepReferralEvent: (ref: KeptEventRef) => keepReferralEvent(deps, ref),
  keepUnreferred: (ref: ReferralEvents) => keepUnreferred(deps, ref),
  keepDeadlines: (ref: KeptDeadlines) => keepDeadlines(deps, ref),
  lookAtReferral: (ref: ReferralEventRef) => lookAtReferral(deps, ref),
  parkReferralEvent: (ref: ReferralEventRef & { readonly reason: string }) => parkReferralEvent(deps, ref),
});

/** What follows for a member from what happened, by noun. */
const MEMBER_STEPS: MemberSteps = {
  addUp: [countActions, awardMilestones, matureMember],
  ask: [askMember],
  tell: [tellMember],
};

/** Every activity, bound to what it works with. Workflows see only the type of this. */
export function createActivities(deps: ActivityDeps) {
  return guarded(
    {
      ...referralActivities(deps),
      reserveRedemption: (ref: RedemptionEventRef) => reserveRedemption(deps, ref),
      decideRedemption: (ref: RedemptionEventRef) => decideRedemption(deps, ref),
      payRedemption: (ref: RedemptionRef) => payRedemption(deps, ref),
      finishRedemption: (end: RedemptionEnd) => finishRedemption(deps, end),
      parkRedemptionEvent: (ref: RedemptionEventRef & { readonly reason: string }) =>
        parkRedemptionEvent(deps, ref),
      decideMember: (ref: MemberEvents) => decideMember(deps, ref),
      keepMember: keepMember(deps, MEMBER_STEPS),
      keepMemberAtOnce: keepMemberAtOnce(deps, MEMBER_STEPS),
      countActions: leadOn<MemberEvents>(deps, countActions),
      correctMemberRewards: leadOn<MemberEvents>(deps, correctMemberRewards),
      matureMember: leadOn<MemberRef>(deps, matureMember),
      tellMember: (ref: MemberEvents) => tellMember(deps, ref),
      closeMemberEvents: (ref: MemberEvents) => closeMemberEvents(deps, ref),
      parkMemberEvents: (ref: MemberEvents & { readonly reason: string }) => parkMemberEvents(deps, ref),
      expireLots: (input: { readonly now_ms: number }) => expireLots(deps, input),
      wakeOverdue: () => wakeOverdue(deps),
      forgetAnswers: () => forgetAnswers(deps),
      forgetDeliveries: (input: { readonly now_ms: number }) => forgetDeliveries(deps, input),
      keepMonths: (input: { readonly now_ms: number }) => keepMonths(deps, input),
      rekeyMembers: () => rekeyMembers(deps.db),
      reconcile: () => reconcile(deps),
      issueBadges: (input: { readonly now_ms: number }) => issueBadges(deps, input),
      applyProgramTimes: (input: { readonly now_ms: number }) => applyProgramTimes(deps, input),
      watchBudgets: (input: { readonly now_ms: number }) => watchBudgets(deps, input),
      foldBoards: () => foldBoards(deps),
      backfillBoards: (input: { readonly now_ms: number }) => backfillBoards(deps, input),
      snapshotStandings: (input: { readonly now_ms: number }) => snapshotStandings(deps, input),
      dueWindows: (input: { readonly now_ms: number }) => dueWindows(deps, input),
      closeWindow: (step: WindowRef & { readonly now_ms: number }) => closeWindow(deps, step),
      freezeSeason: (step: WindowRef & { readonly now_ms: number }) => freezeSeason(deps, step),
      awardMilestones: leadOn<MemberRef>(deps, awardMilestones),
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
      deliverWebhooks: (input: DeliverInput) => deliverWebhooks(deps, input),
      fillWebhook: (step: EndpointRef & { readonly after: string }) => fillWebhook(deps, step),
    },
    deps.log,
    newId,
  );
}

export type Activities = ReturnType<typeof createActivities>;
